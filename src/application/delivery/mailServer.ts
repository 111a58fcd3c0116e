import { addMilliseconds, type Clock } from '../commandTypes';
import { type Attempt, NotDelivered } from './delivery';
import type { MailTransport, OutgoingMail } from './mail';

/** Why the mail server cannot be used as it is configured. */
export interface MailServerProblem {
  /** The reason of the refusal, such as `NO_TLS` or `SIGN_IN_REFUSED 535`. */
  readonly reason: string;
  /** Since when; ISO 8601 in UTC. */
  readonly since: string;
}

/** Makes an attempt within the time limit of one. */
type Attempting = (send: () => Promise<void>) => Promise<Attempt>;

const PAUSE_FACTOR = 2;
const LONGEST_PAUSE_MS = 15 * 60 * 1000;

/**
 * What is known of the mail server. While it refuses this service as a whole, such as for its password or for missing encryption,
 * messages wait, and the server is checked again after growing pauses of at most 15 minutes.
 */
export class MailServer {
  #problem: MailServerProblem | null = null;
  #checkAt: string | null = '';
  #refusals = 0;
  /** Whether a check has found the problem, so that another check can tell that it is over. */
  #foundByCheck = false;

  /** @param report called when a problem begins, with null when it is over. */
  constructor(
    private readonly transport: MailTransport,
    private readonly clock: Clock,
    private readonly firstPauseMs: number,
    private readonly report: (problem: MailServerProblem | null) => void,
  ) {}

  /** The problem that keeps messages waiting; null when there is none. */
  get problem(): MailServerProblem | null {
    return this.#problem;
  }

  /** Time of the next check in ISO 8601, UTC; null while there is no problem. */
  get checkAt(): string | null {
    return this.#problem && this.#checkAt;
  }

  /** Whether messages can be handed over now. Checks the server at first, and again when it is time to. */
  async isUsable(attempt: Attempting): Promise<boolean> {
    if (this.#checkAt === null) return true;
    if (this.clock.now() < this.#checkAt) return false;
    const result = await attempt(() => this.transport.check());
    if (result === 'STOPPED') return false;
    // A server that cannot be reached is no such problem: messages to it are attempted, and given up after the last attempt.
    if (this.#isProblem(result)) {
      this.#foundByCheck = true;
      this.#begin(result.reason);
      return false;
    }
    if (this.#foundByCheck) this.#end();
    this.#checkAt = null;
    return true;
  }

  /** Hands over a message, and learns from how that ends. @throws NotDelivered */
  async send(mail: OutgoingMail): Promise<void> {
    try {
      await this.transport.send(mail);
    } catch (error) {
      if (error instanceof NotDelivered && this.#isProblem(error)) this.#begin(error.reason);
      throw error;
    }
    this.#end();
  }

  #isProblem(result: Attempt): result is NotDelivered {
    return result instanceof NotDelivered && result.kind === 'MISCONFIGURED';
  }

  #begin(reason: string): void {
    const now = this.clock.now();
    // Several messages that are under way fail for the same reason.
    if (this.#checkAt !== null && this.#checkAt > now) return;
    this.#checkAt = addMilliseconds(now, Math.min(this.firstPauseMs * PAUSE_FACTOR ** this.#refusals, LONGEST_PAUSE_MS));
    this.#refusals += 1;
    if (this.#problem?.reason === reason) return;
    this.#problem = { reason, since: now };
    this.report(this.#problem);
  }

  #end(): void {
    this.#checkAt = null;
    this.#refusals = 0;
    this.#foundByCheck = false;
    if (this.#problem === null) return;
    this.#problem = null;
    this.report(null);
  }
}
