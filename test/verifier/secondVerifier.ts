import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Json } from '../support/person';

/** A bundle, and what an auditor passes with it. */
export interface Evidence {
  readonly bundle: Buffer;
  readonly keys: readonly string[];
  readonly witnessKeys?: readonly string[];
  /** Files of checkpoints that were kept. */
  readonly kept?: readonly Buffer[];
  /** Older bundles that were kept. */
  readonly previous?: readonly Buffer[];
}

/** What the second verifier says. */
export interface Verdict {
  readonly findings: readonly { readonly code: string; readonly message: string }[];
  readonly summary: { readonly ok: boolean; readonly storeId: string; readonly events: number; readonly provenEvents: number; readonly checkpoint: Json; readonly sealedBy: string | null; readonly hashes: readonly string[] };
  readonly rosters: Readonly<Record<string, readonly Json[]>>;
}

interface Reply {
  readonly number: number;
  readonly result?: Verdict;
  readonly error?: string;
}

/** The verifier in Python, in a process of its own, which is started once. */
export class SecondVerifier {
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #jobs = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (reply: Reply) => {
      this.#waiting.get(reply.number)?.(reply);
      this.#waiting.delete(reply.number);
    });
    child.once('close', (code) => {
      for (const [number, answer] of this.#waiting) answer({ number, error: `The process of the second verifier ended with ${String(code)}.` });
      this.#waiting.clear();
    });
  }

  static async start(): Promise<SecondVerifier> {
    const verifier = new SecondVerifier(fork(join(__dirname, 'run.mjs'), { serialization: 'advanced', execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] }));
    await verifier.#reply(-1);
    return verifier;
  }

  async verify(evidence: Evidence): Promise<Verdict> {
    const number = this.#jobs++;
    const { bundle, keys, witnessKeys = [], kept = [], previous = [] } = evidence;
    this.child.send({ number, keys, witnessKeys, bundle, kept, previous });
    const { result } = await this.#reply(number);
    if (result === undefined) throw new Error('The second verifier gave no result.');
    return result;
  }

  stop(): void {
    this.child.disconnect();
  }

  async #reply(number: number): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => this.#waiting.set(number, resolve));
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }
}
