import type { AsOfReadModels } from '../projections/asOfReadModels';
import type { ReadModels } from '../projections/readModels';
import type { AsOfViewRequest, Views } from './requestContext';

/**
 * The views of a request that only tries what a mutation would do: the live ones, and after the mutation those of the apps
 * that it would have changed, as they would be.
 */
export class TrialViews implements Views {
  #trial: AsOfReadModels | null = null;

  /** @param foldTrial reads what a trial has made, at a position; null for a position of the real log. */
  constructor(
    private readonly real: Views,
    private readonly foldTrial: (position: string) => Promise<AsOfReadModels | null>,
    private readonly triedWebhooks: Pick<Views['webhooks'], 'byId'>,
  ) {}

  get live(): ReadModels {
    return this.#trial?.readModels ?? this.real.live;
  }

  get standing(): ReadModels {
    return this.real.live;
  }

  get history(): Views['history'] {
    return this.real.history;
  }

  get audit(): Views['audit'] {
    return this.real.audit;
  }

  get changes(): Views['changes'] {
    return this.real.changes;
  }

  get proofs(): Views['proofs'] {
    return this.real.proofs;
  }

  get digests(): Views['digests'] {
    return this.real.digests;
  }

  get webhooks(): Views['webhooks'] {
    const { real: { webhooks }, triedWebhooks } = this;
    return {
      all: (limit) => webhooks.all(limit),
      byId: (webhookId) => triedWebhooks.byId(webhookId),
      deadLetters: (webhookId, limit) => webhooks.deadLetters(webhookId, limit),
      deadLetterCount: (webhookId) => webhooks.deadLetterCount(webhookId),
    };
  }

  asOf(request: AsOfViewRequest): Promise<AsOfReadModels> {
    return this.real.asOf(request);
  }

  async waitFor(position: string, timeoutMs: number): Promise<boolean> {
    const trial = await this.foldTrial(position);
    if (!trial) return this.real.waitFor(position, timeoutMs);
    this.close();
    this.#trial = trial;
    return true;
  }

  position(): string {
    return this.#trial?.position ?? this.real.position();
  }

  /** Releases what was read. */
  close(): void {
    this.#trial?.close();
    this.#trial = null;
  }
}
