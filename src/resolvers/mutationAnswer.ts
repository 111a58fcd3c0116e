import type { Caller } from '../application/caller';
import type { CommandOutcome, InvitationOutcome, Outcome } from '../application/commandTypes';
import { DomainError } from '../domain/domainError';
import { Account } from './account';
import { App } from './app';
import { Invitation } from './invitation';
import { refusalOf, rejection, type RefusalType, type Rejection, type UserError } from './refusals';
import type { RequestContext } from './requestContext';
import { forbidden, notVisibleYet } from './requestErrors';
import { User } from './user';
import { personOf } from './visibility';

/** So long a write waits for the read models that its answer comes from. */
const WAIT_MS = 2000;

/**
 * A mutation from beginning to end: somebody must be signed in, the command decides, the read models take in what it
 * wrote, and the answer is read from them. A refusal by rule is an answer too.
 * @param command the wish, in the caller's name.
 * @param show makes the success type of what was written.
 * @param refusals types of the mutation's union for refusals with facts.
 * @throws GraphQLError `UNAUTHENTICATED`; `PROJECTION_BEHIND` when the write stands and cannot be shown yet; `FORBIDDEN`
 * when it stands and the caller may not see it any more.
 */
export async function answerMutation<O extends Outcome, S extends object, R extends UserError>(
  context: RequestContext,
  command: (caller: Caller) => Promise<O>,
  show: (written: Written<O>) => Promise<S> | S,
  refusals: readonly RefusalType<R>[],
): Promise<S | R | Rejection> {
  const caller = context.requireCaller();
  try {
    const outcome = await command(caller);
    const isVisible = await context.views.waitFor(outcome.position, WAIT_MS);
    context.renew();
    return await show(new Written(context, outcome, isVisible));
  } catch (error) {
    if (error instanceof DomainError) return refusalOf(error, refusals);
    if (error instanceof GoneSince) return rejection(error.code, error.message);
    throw error;
  }
}

/** What was written was undone by something later, before it could be shown. */
class GoneSince extends Error {
  override readonly name = 'GoneSince';
  readonly code = 'NOT_A_MEMBER';
}

/** What a command wrote, as the live read models show it. */
export class Written<O extends Outcome> {
  /** @param isVisible whether the read models have seen it. */
  constructor(
    private readonly context: RequestContext,
    readonly outcome: O,
    private readonly isVisible: boolean,
  ) {}

  /** The success type with its position and these fields. */
  success<T extends { readonly position: string }>(Type: new () => T, fields: Omit<T, 'position'>): T {
    return Object.assign(new Type(), fields, { position: this.outcome.position });
  }

  /** The app. */
  async app(this: Written<CommandOutcome>): Promise<App> {
    const { live, visibility } = this.context;
    const { appId } = this.outcome;
    const row = await live.apps.load(appId);
    if (!row) throw this.#notVisible();
    if (!visibility.seesApp(appId)) throw this.#notForCaller();
    return new App(row, live);
  }

  /** A user of the app: one that the caller may see, or the caller. */
  async user(this: Written<CommandOutcome>, userId: string): Promise<User> {
    const { live, visibility } = this.context;
    const { appId } = this.outcome;
    const row = await live.users.load({ appId, userId });
    if (!row) throw this.#notVisible();
    if (!visibility.seesUsers(appId) && visibility.ownUser(appId)?.userId !== userId) throw this.#notForCaller();
    return new User(row, live);
  }

  /** The invitation just sent; in development mode with its link's token. */
  async invitation(sent: InvitationOutcome): Promise<Invitation> {
    const { live, commands } = this.context;
    const row = await live.invitations.load({ appId: sent.appId, invitationId: sent.invitationId });
    if (!row) throw this.#notVisible();
    return new Invitation(row, commands.developmentToken(sent));
  }

  /** The app in the caller's Account Central. */
  account(this: Written<CommandOutcome>): Account {
    const { live } = this.context;
    const row = live.models.accountCentral.account(personOf(this.context.requireCaller()), this.outcome.appId);
    if (row) return new Account(row, live);
    throw this.isVisible ? new GoneSince('You are not in this app any more.') : this.#notVisible();
  }

  #notVisible(): Error {
    return notVisibleYet(this.outcome.position);
  }

  #notForCaller(): Error {
    if (!this.isVisible) return this.#notVisible();
    return forbidden(`The change was made, at position ${this.outcome.position}, but you may not see the app any more.`);
  }
}
