import type { Caller, CommandOutcome, InvitationOutcome, Keyed, Outcome } from '../application/commandTypes';
import type { ReviewOutcome } from '../application/accessReviews';
import { DomainError } from '../domain/domainError';
import { Account, AccountCentral } from './account/types';
import { App } from './app/types';
import { Invitation } from './invitation/types';
import { AccessReview } from './review/types';
import { refusalOf, type RefusalType, rejection, type Rejection, type UserError } from './refusals';
import type { RequestContext } from './context';
import { forbidden, notVisibleYet } from './shared/errors';
import { User, withoutFactsOfApp } from './user/types';
import { globalIdOf } from './shared/globalId';
import { personOf } from './shared/visibility';
import { Field, InputType, InterfaceType } from 'type-graphql';
import { LogPosition } from './shared/scalars';

/** How long a mutation waits for the read models to include its change, in milliseconds. Afterwards it answers `PROJECTION_BEHIND`, and the change stands. */
const WAIT_MS = 2000;

/**
 * Runs a mutation: requires a signed-in caller, executes the command, waits until the read models include what it wrote, and reads the answer from
 * them. A refusal by a rule is returned as data.
 * @param command executes the command for the caller.
 * @param show builds the success type from what was written.
 * @param refusals the refusal types with details in the mutation's union.
 * @throws GraphQLError `UNAUTHENTICATED`; `PROJECTION_BEHIND` when the change was written but cannot be shown yet; `FORBIDDEN` when it was written
 * but the caller may no longer see it.
 */
export function answerMutation<O extends Outcome, S extends object>(
  context: RequestContext, command: (caller: Caller) => Promise<O>, show: (written: AppendedEvents<O>) => Promise<S> | S,
): Promise<S | Rejection>;
export function answerMutation<O extends Outcome, S extends object, R extends UserError>(
  context: RequestContext, command: (caller: Caller) => Promise<O>, show: (written: AppendedEvents<O>) => Promise<S> | S, refusals: readonly RefusalType<R>[],
): Promise<S | R | Rejection>;
export async function answerMutation<O extends Outcome, S extends object, R extends UserError>(
  context: RequestContext,
  command: (caller: Caller) => Promise<O>,
  show: (written: AppendedEvents<O>) => Promise<S> | S,
  refusals: readonly RefusalType<R>[] = [],
): Promise<S | R | Rejection> {
  const caller = context.requireCaller();
  try {
    const outcome = await command(caller);
    const isVisible = await context.readModels.waitFor(outcome.position, WAIT_MS);
    context.renew();
    return await show(new AppendedEvents(context, outcome, isVisible));
  } catch (error) {
    if (error instanceof DomainError) return refusalOf(error, refusals);
    if (error instanceof GoneSince) return rejection(error.code, error.message);
    throw error;
  }
}

/** Thrown when a later event undid the change before it could be shown. */
class GoneSince extends Error {
  override readonly name = 'GoneSince';
  readonly code = 'NOT_A_MEMBER';
}

/** The result of a command, read from the live read models. */
export class AppendedEvents<O extends Outcome> {
  /** Wraps the outcome of a command. @param isVisible whether the read models include what it wrote. */
  constructor(
    private readonly context: RequestContext,
    readonly outcome: O,
    private readonly isVisible: boolean,
  ) {}

  /** Builds the success type with its position and these fields. */
  success<T extends { readonly position: string }>(Type: new () => T, fields: Omit<T, 'position'>): T {
    return Object.assign(new Type(), fields, { position: this.outcome.position });
  }

  /** Returns the app of the command. */
  async app(this: AppendedEvents<CommandOutcome>): Promise<App> {
    const { live, visibility } = this.context;
    const { appId } = this.outcome;
    const row = await live.apps.load(appId);
    if (!row) throw this.#notVisible();
    if (!visibility.seesApp(appId)) throw this.#notForCaller();
    return new App(row, live);
  }

  /** Returns a user of the app whom the caller may see, or the caller's own user. */
  async user(this: AppendedEvents<CommandOutcome>, userId: string): Promise<User> {
    const { live, visibility } = this.context;
    const { appId } = this.outcome;
    const row = await live.users.load({ appId, userId });
    if (!row) throw this.#notVisible();
    if (visibility.withholds(row)) return new User(withoutFactsOfApp(row), live);
    if (!visibility.seesUsers(appId)) throw this.#notForCaller();
    return new User(row, live);
  }

  /** Returns the user whom an operator named in a command. Operators do not see other users, and in a dry run, which the app's admins never hear of, not what the app knew of this one. */
  async userForOperator(this: AppendedEvents<CommandOutcome>, userId: string): Promise<User> {
    const { live, visibility } = this.context;
    visibility.requireOperator('This member');
    const row = await live.users.load({ appId: this.outcome.appId, userId });
    if (!row) throw this.#notVisible();
    return new User(this.context.dryRun ? { ...withoutFactsOfApp(row), personId: null } : row, live);
  }

  /** Returns a user of the app whom the caller may see; null when the app has no user with this id. */
  async knownUser(this: AppendedEvents<CommandOutcome>, userId: string): Promise<User | null> {
    const { live, visibility } = this.context;
    const { appId } = this.outcome;
    const row = visibility.seesUsers(appId) ? await live.users.load({ appId, userId }) : undefined;
    return row ? new User(row, live) : null;
  }

  /** Returns the invitation just sent, with its token in development mode. */
  async invitation(sent: InvitationOutcome): Promise<Invitation> {
    const { live, commands } = this.context;
    const row = await live.invitations.load({ appId: sent.appId, invitationId: sent.invitationId });
    if (!row) throw this.#notVisible();
    return new Invitation(row, live, commands.developmentToken(sent));
  }

  /** Returns the access review of the command. */
  accessReview(this: AppendedEvents<ReviewOutcome>): AccessReview {
    const { live, visibility } = this.context;
    const { appId, reviewId } = this.outcome;
    const row = live.models.accessReviews.byId(reviewId);
    if (!row) throw this.#notVisible();
    if (!visibility.seesReviews(appId)) throw this.#notForCaller();
    return new AccessReview(row, live);
  }

  /** Returns the app in the caller's Account Central. */
  account(this: AppendedEvents<CommandOutcome>): Account {
    const { live } = this.context;
    const row = live.models.accountCentral.account(personOf(this.context.requireCaller()), this.outcome.appId);
    if (row) return new Account(row, live);
    throw this.isVisible ? new GoneSince('You are no longer in this app.') : this.#notVisible();
  }

  /** Returns the caller's Account Central. */
  accountCentral(): AccountCentral {
    if (!this.isVisible) throw this.#notVisible();
    return new AccountCentral(personOf(this.context.requireCaller()), this.context.live);
  }

  /** Returns the global id that the app has, or had, in the caller's Account Central. */
  accountId(this: AppendedEvents<CommandOutcome>): string {
    const { appId } = this.outcome;
    const own = this.context.visibility.ownUser(appId);
    if (!own) throw this.#notVisible();
    return globalIdOf('Account', appId, own.userId);
  }

  #notVisible(): Error {
    return notVisibleYet(this.outcome.position);
  }

  #notForCaller(): Error {
    if (!this.isVisible) return this.#notVisible();
    return forbidden(`The change was written at position ${this.outcome.position}, but you can no longer see the app.`);
  }
}

@InterfaceType('MutationSuccess', { description: 'The mutation succeeded, or its effect was already in place.' })
export abstract class MutationSuccess {
  @Field(() => LogPosition, { description: 'Log position of the change. Send it as the header `x-min-position` to read your own write from any replica.' })
  readonly position: string;
}

/** The base class of the inputs of all mutations. */
@InputType('KeyedInput', { description: 'Fields that the inputs of all mutations have.' })
export abstract class KeyedInput implements Keyed {
  @Field(() => String, {
    nullable: true,
    description: 'Key chosen by the client for safe retries: 1 to 200 characters. Within 24 hours, the same key with the same input returns the same result and writes nothing more.',
  })
  readonly idempotencyKey?: string | null;
}
