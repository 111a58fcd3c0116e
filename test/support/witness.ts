import { cliProcess, type ProgramProcess } from './serviceProcess';

/** The secret that a service and its witness share in tests. */
export const WITNESS_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;

/** A witness in a process of its own. */
export interface WitnessProcess {
  readonly program: ProgramProcess;
  readonly keyId: string;
  readonly port: number;
  readonly url: string;
  /** The settings of a service whose checkpoints it countersigns. */
  readonly env: Readonly<Record<string, string>>;
}

/** Settings of a service whose witness listens on a port. */
const witnessedBy = (port: number): Readonly<Record<string, string>> => ({ CHECKPOINT_WITNESS_URL: `http://127.0.0.1:${port}/checkpoints`, CHECKPOINT_WITNESS_SECRET: WITNESS_SECRET });

/** Starts `npm run cli -- witness` with a directory. */
export async function startWitness(directory: string, ...args: readonly string[]): Promise<WitnessProcess> {
  const program = cliProcess(['witness', '--dir', directory, '--port', '0', '--secret', WITNESS_SECRET, ...args]);
  const [, keyId = '', url = '', port = ''] = await program.untilPrinted(/key ([0-9a-f]{64}) listens on (http:\S+:(\d+))\n/);
  return { program, keyId, url, port: Number(port), env: witnessedBy(Number(port)) };
}
