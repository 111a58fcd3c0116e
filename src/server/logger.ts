import { destination, type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

/** Fields that are hidden in the first levels of every log entry. */
const SECRET_FIELDS = ['authorization', 'cookie', 'set-cookie', 'token', 'tokenHash', 'secret', 'secretKey', 'password'];
const LEVELS_BELOW_TOP = 3;

const secretPaths = SECRET_FIELDS.flatMap((field) =>
  Array.from({ length: LEVELS_BELOW_TOP + 1 }, (_, depth) => `${Array(depth).fill('*').join('.')}["${field}"]`),
);

/**
 * Creates a logger that writes JSON lines to standard error, because standard output is for results. Lines are written
 * synchronously, so that none is lost when the process exits.
 * @param level least severe level that is written; `silent` writes nothing.
 * @param stream destination instead of standard error.
 */
export function createLogger(level: string, stream: DestinationStream = destination({ dest: 2, sync: true })): Logger {
  return pino({ level, base: null, timestamp: stdTimeFunctions.isoTime, redact: { paths: secretPaths, censor: '[hidden]' } }, stream);
}
