import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';
import { isWebhookSecret, WEBHOOK_SECRET_RULE } from '../../config';
import { WitnessRecord } from '../../proofs/witness/record';
import { using } from '../options/files';
import { keyIds } from '../options/keyIds';

interface WitnessOptions {
  readonly dir: string;
  readonly port: number;
  readonly host: string;
  readonly logKey?: readonly string[];
  readonly secret?: string;
}

const MAX_PORT = 65_535;

const HELP = `
A checkpoint is countersigned when one of the accepted keys signed it, and a proof says that its log and that of the checkpoint which the
witness holds are one log that only grew. Anything else is refused with the reason and with what the witness holds.

DIR has the key of the witness, witness.key (Ed25519, made at the first start, mode 600), and checkpoints.ndjson, to which a line is
appended for each checkpoint before it is answered. "verify LOG_OR_BUNDLE --checkpoints DIR" compares a log with it. Back both up, and
let nobody who runs the service write there.

  GET /                                       the key of the witness, and the latest checkpoint of each log
  GET /checkpoints?after=0&limit=100&log=ID   what was countersigned, as lines in the order in which it came; the header
                                              "link" leads to the next page
  POST /checkpoints                           the address for CHECKPOINT_WITNESS_URL

The server speaks HTTP. Put a proxy with TLS in front of it where the network is not trusted. SIGTERM and SIGINT end it.

Exit codes: 0 after a signal, 1 when it cannot start, 2 for wrong options.`;

/** The `witness` command: countersigns the checkpoints of services that somebody else runs. */
export function witnessCommand(): Command {
  return new Command('witness')
    .description('Runs a small server for a team that does not run the service: it countersigns each checkpoint of a log that only grows, keeps it, and tells anybody what it has seen.')
    .requiredOption('--dir <dir>', 'directory of its key and of what it has seen; created when it does not exist')
    .option('--port <port>', 'port to listen on; 0 picks a free one', portNumber, 4100)
    .option('--host <address>', 'address to listen on; 0.0.0.0 for all', '127.0.0.1')
    .option('--log-key <id...>', 'ids of the keys whose checkpoints are accepted (default: only the key of the first checkpoint that comes)', keyIds)
    .option('--secret <secret>', 'the CHECKPOINT_WITNESS_SECRET of the service, with which requests must be signed; @FILE reads it from a file (default: requests need no signature)', secretText)
    .addHelpText('after', HELP)
    .action(witness);
}

async function witness({ dir, port, host, logKey, secret }: WitnessOptions): Promise<void> {
  using(dir, '--dir', () => mkdirSync(dir, { recursive: true, mode: 0o700 }));
  const record = await WitnessRecord.open(dir, logKey ?? null);
  const { witnessServer } = await import('./server.js');
  const report = (message: string): void => { process.stderr.write(`${message}\n`); };
  const server = witnessServer({ record, secret: secret ?? null, now: () => new Date().toISOString(), report });
  await server.listen({ port, host });
  const { port: listening } = server.server.address() as AddressInfo;
  if (logKey === undefined) report(`${record.logs.length === 0 ? 'The key of the first checkpoint that comes' : 'The key of the checkpoints that are here'} is the only one that is accepted. Name the keys with --log-key.`);
  process.stdout.write(`The witness with the key ${record.keyId} listens on http://${host.includes(':') ? `[${host}]` : host}:${listening}\n`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await server.close();
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= MAX_PORT)) throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAX_PORT}.`);
  return port;
}

function secretText(text: string): string {
  const file = text.slice(1);
  const secret = text.startsWith('@') ? using(file, '--secret', () => readFileSync(file, 'utf8').trim()) : text;
  if (!isWebhookSecret(secret)) throw new InvalidArgumentError(`It ${WEBHOOK_SECRET_RULE}`);
  return secret;
}
