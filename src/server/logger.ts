import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

/** Fields that must never be readable in a log, wherever in the first levels of an entry they stand. */
const SECRET_FIELDS = ['authorization', 'cookie', 'set-cookie', 'token', 'tokenHash', 'secret', 'secretKey', 'password'];
const LEVELS_BELOW_TOP = 3;

const secretPaths = SECRET_FIELDS.flatMap((field) =>
  Array.from({ length: LEVELS_BELOW_TOP + 1 }, (_, depth) => `${Array(depth).fill('*').join('.')}["${field}"]`),
);

/**
 * Writes JSON lines to standard error, so that standard output is free for results; each line is written before the
 * call returns, so that an exit loses none.
 * @param level least important level that is written; `silent` writes nothing.
 * @param stream where lines go instead of standard error.
 */
export function createLogger(level: string, stream: DestinationStream = destination({ dest: 2, sync: true })): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, redact: { paths: secretPaths, censor: '[hidden]' } }, stream);
}
