import type { Caller } from '../application/caller';
import { foldTrial, trialEvents, type Trial } from '../application/trialReadModels';
import { TriedWebhooksQueries } from '../projections/triedWebhooksQueries';
import { RequestContext, type Commands, type Views } from './requestContext';
import type { GuessLimit } from './tokenGuesses';
import { TrialViews } from './trialViews';
import { personOf } from './visibility';

/** What a request that only tries something is answered with. */
export interface TriedRequest {
  readonly caller: Caller | null;
  /** over the trial's store. */
  readonly commands: Commands;
  readonly trial: Trial;
  readonly views: Views;
  readonly guesses: GuessLimit;
  readonly now: () => string;
}

/** The context of a request that answers what it would answer, and leaves no trace. */
export function trialContext({ caller, commands, trial, views, guesses, now }: TriedRequest): RequestContext {
  const tried = new TrialViews(views, async (position) => caller && foldTrial(trial, position, views.live, personOf(caller), now()), new TriedWebhooksQueries(views.webhooks, trial.appended));
  // What the sign-in has made belongs to any request, not to the mutation.
  const ofSignIn = trialEvents(trial).length;
  const context = new RequestContext(caller, commands, tried, guesses, () => trialEvents(trial).slice(ofSignIn));
  context.disposables.push(() => { tried.close(); });
  return context;
}
