import type { CheckpointDirectory } from '../checkpoints/directory';
import { type SignedCheckpoint, statementText } from '../checkpoints/statement';
import { Posting } from '../posting';
import { UnreadableToken } from './unreadable';
import type { StampedCheckpoints } from './stamped';
import { checkedTimeStamp, timeStampRequest, tokenIn } from './token';

/** Posts a request to the authority and returns its reply. Rejects with a short reason when there is none in time. */
type PostToAuthority = (body: Buffer, signal: AbortSignal) => Promise<Buffer>;

export interface StampingProblem {
  /** Kind of the problem. `AWAY`: no reply. `NO_TIME_STAMP`: a reply that is no time stamp of the checkpoint. */
  readonly what: 'AWAY' | 'NO_TIME_STAMP';
  readonly message: string;
}

/** How far the checkpoints of the log have time stamps. */
export interface StampingState {
  /** Number of checkpoints that are to be stamped. */
  readonly waiting: number;
  readonly problem: StampingProblem | null;
  /** Since when there is a problem, ISO 8601 in UTC; null without one. */
  readonly since: string | null;
}

export interface StamperOptions {
  readonly checkpoints: CheckpointDirectory;
  readonly stamped: StampedCheckpoints;
  readonly post: PostToAuthority;
  /** ISO 8601 in UTC. */
  readonly now: () => string;
  /** Called when the problem becomes another one, and with null when checkpoints are stamped again. */
  readonly report: (problem: StampingProblem | null) => void;
}

/** Gets a time stamp for each checkpoint, beginning with the latest one, and tries again until there is one. */
export class Stamper {
  readonly #posting: Posting<StampingProblem>;
  #known = 0;

  constructor(private readonly options: StamperOptions) {
    this.#posting = new Posting(options.now, options.report);
  }

  /** How far the checkpoints are stamped. Never throws: while they cannot be read, it is what was known before. */
  get state(): StampingState {
    try {
      this.#known = this.#waiting().length;
    } catch {
      // Whoever signs checkpoints reports it.
    }
    return { waiting: this.#known, problem: this.#posting.problem, since: this.#posting.since };
  }

  /** Stamps what is to be stamped, unless it rests after a failure. */
  async work(signal: AbortSignal): Promise<void> {
    if (this.#posting.isResting) return;
    try {
      for (const checkpoint of this.#waiting()) {
        await this.#stamp(checkpoint, signal);
        if (this.#posting.problem !== null) this.#posting.note(null);
      }
      this.#posting.note(null);
    } catch (error) {
      if (!signal.aborted) this.#posting.note(problemOf(error));
    }
  }

  #waiting(): readonly SignedCheckpoint[] {
    return this.options.stamped.waiting().filter((checkpoint) => this.options.checkpoints.isWhole(checkpoint));
  }

  async #stamp(checkpoint: SignedCheckpoint, signal: AbortSignal): Promise<void> {
    const text = statementText(checkpoint.statement);
    const request = timeStampRequest(text);
    const token = tokenIn(await this.options.post(request.body, signal), request);
    checkedTimeStamp(token, text, null);
    this.options.stamped.add({ ...checkpoint, timeStamp: token.toString('base64') });
  }
}

function problemOf(error: unknown): StampingProblem {
  if (error instanceof UnreadableToken) return { what: 'NO_TIME_STAMP', message: `What the authority replies is no time stamp of the checkpoint: ${error.message}.` };
  return { what: 'AWAY', message: `The authority for time stamps does not reply (${error instanceof Error ? error.message : String(error)}).` };
}
