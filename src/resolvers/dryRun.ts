import type { Caller } from '../application/commandTypes';
import { type DryRun, eventsShown } from '../application/handling/dryRun';
import type { AsOfReadModels } from '../projections/past/asOf';
import type { DryRunView, ReadModels } from '../projections/readModels';
import { DryRunWebhooksQueries } from '../projections/webhooks/queries';
import { type AsOfRequest, type Commands, type GuessLimit, type ReadModelsOfRequest, RequestContext } from './context';

/** The read models of a dry run: the live ones before the mutation, and afterwards as they would be. */
class DryRunReadModels implements ReadModelsOfRequest {
  #view: DryRunView | null = null;
  /** Position of the last event that the view shows. */
  #written: string | null = null;

  /** Wraps the real read models. @param openView opens a view of the live ones, to show the events of the dry run in them. */
  constructor(
    private readonly real: ReadModelsOfRequest,
    private readonly dryRun: DryRun,
    private readonly openView: () => DryRunView,
    private readonly dryRunWebhooks: Pick<ReadModelsOfRequest['webhooks'], 'byId'>,
  ) {}

  get live(): ReadModels {
    return this.#view?.readModels ?? this.real.live;
  }

  get standing(): ReadModels {
    return this.real.live;
  }

  get history(): ReadModelsOfRequest['history'] {
    return this.real.history;
  }

  get administration(): ReadModelsOfRequest['administration'] {
    return this.real.administration;
  }

  get periods(): ReadModelsOfRequest['periods'] {
    return this.real.periods;
  }

  get audit(): ReadModelsOfRequest['audit'] {
    return this.real.audit;
  }

  get changes(): ReadModelsOfRequest['changes'] {
    return this.real.changes;
  }

  get proofs(): ReadModelsOfRequest['proofs'] {
    return this.real.proofs;
  }

  get digests(): ReadModelsOfRequest['digests'] {
    return this.real.digests;
  }

  get webhooks(): ReadModelsOfRequest['webhooks'] {
    const { real: { webhooks }, dryRunWebhooks } = this;
    return {
      all: (limit) => webhooks.all(limit),
      byId: (webhookId) => dryRunWebhooks.byId(webhookId),
      deadLetters: (webhookId, limit) => webhooks.deadLetters(webhookId, limit),
      deadLetterCount: (webhookId) => webhooks.deadLetterCount(webhookId),
    };
  }

  asOf(request: AsOfRequest): Promise<AsOfReadModels> {
    return this.real.asOf(request);
  }

  async waitFor(position: string, timeoutMs: number): Promise<boolean> {
    const events = this.dryRun.appended();
    if (!events.some((event) => event.position === position)) return this.real.waitFor(position, timeoutMs);
    // The events follow what was in the log before them.
    if (!(await this.real.waitFor(await this.dryRun.base(), timeoutMs))) return false;
    this.#view ??= this.openView();
    await this.#view.show([...events]);
    this.#written = position;
    return true;
  }

  position(): string {
    return this.#written ?? this.real.position();
  }

  /** Releases the result of the dry run. */
  close(): void {
    this.#view?.close();
    this.#view = null;
  }
}

/** What the context of a dry run consists of. */
export interface DryRunRequest {
  readonly caller: Caller | null;
  /** Commands over the dry run's store. */
  readonly commands: Commands;
  readonly dryRun: DryRun;
  readonly readModels: ReadModelsOfRequest;
  readonly guesses: GuessLimit;
  /** Opens a view of the live read models, to show in them what the dry run would change. */
  readonly openView: () => DryRunView;
}

/** Creates the context of a dry run, which answers as the real request would and writes nothing. */
export function dryRunContext({ caller, commands, dryRun, readModels, guesses, openView }: DryRunRequest): RequestContext {
  const after = new DryRunReadModels(readModels, dryRun, openView, new DryRunWebhooksQueries(readModels.webhooks, dryRun.appended));
  // Events that signing in appended belong to any request, not to the mutation.
  const ofSignIn = dryRun.appended().length;
  const context: RequestContext = new RequestContext(caller, commands, after, guesses, () => (caller ? eventsShown(dryRun, ofSignIn, caller, (appId) => context.visibility.seesUsers(appId)) : []));
  context.disposables.push(() => { after.close(); });
  return context;
}
