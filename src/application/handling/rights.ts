import { ACCESS_TABLE, type Action, relationOfMember } from '../../domain/access';
import type { Actor } from '../../domain/events';
import { isAppId } from '../../domain/fields';
import { requireLeavable } from '../../domain/leaving';
import { requireReviewer } from '../../domain/reviews/decide';
import { notInApp, requireAdmin, requireOperator, userOfActor } from '../../domain/roster/guards';
import type { RosterState, RosterUser } from '../../domain/roster/state';
import type { AccessReviewCommands } from '../accessReviews';
import type { Caller, Clock, Outcome } from '../commandTypes';
import type { RosterHandler } from './roster';

/** The action of the access table that each mutation performs. */
const ACTION_OF = new Map((Object.keys(ACCESS_TABLE) as Action[]).flatMap((action) => ACCESS_TABLE[action].fields.map((field) => [field, action] as const)));

/** A mutation as somebody sends it. */
interface Sent {
  readonly mutation: string;
  readonly caller: Caller;
  readonly input: object;
}

/** Rights that are decided apart from a command: those to an answer given before, and those that a dry run must not give. */
export class Rights {
  /** @param rosters the rosters that the commands decide on. */
  constructor(
    private readonly rosters: Pick<RosterHandler, 'load'>,
    private readonly clock: Clock,
    private readonly reviews: Pick<AccessReviewCommands, 'appOf'>,
  ) {}

  /**
   * Requires that the caller may still send a mutation whose recorded answer they are about to get again. A right that the act itself ended, such as
   * that of a person who left, is not required.
   * @throws DomainError the refusal that a new request would get.
   */
  async requireStill({ mutation, caller, input }: Sent, outcome: Outcome): Promise<void> {
    const state = await this.#roster(input);
    if (mutation === 'leaveApp' || (state && isOwnEnd(mutation, outcome, userOfActor(state, caller.actor)))) return;
    this.#require(mutation, caller.actor, state);
  }

  /**
   * Requires, in a dry run that gave the caller more rights in an app than they have, that they may send the mutation as what they are.
   * @param standing the rosters of the real log.
   * @throws DomainError the refusal that the mutation would get without the others of its document.
   */
  async requireStanding({ mutation, caller, input }: Sent, standing: Pick<RosterHandler, 'load'>): Promise<void> {
    const is = await new Rights(standing, this.clock, this.reviews).#roster(input);
    const wouldBe = await this.#roster(input);
    if (!wouldBe || !is) return;
    const [then, now] = [userOfActor(wouldBe, caller.actor), userOfActor(is, caller.actor)];
    const isSame = now?.status === 'ACTIVE' && then && relationOfMember(now) === relationOfMember(then);
    if (then?.status === 'ACTIVE' && !isSame) this.#require(mutation, caller.actor, is);
  }

  #require(mutation: string, actor: Actor, state: RosterState | null): void {
    const action = ACTION_OF.get(`Mutation.${mutation}`);
    if (action === 'operate') requireOperator(actor);
    if (!state) return;
    if (action === 'administer') requireAdmin(state, actor);
    if (action === 'startReview' || action === 'decideReview') requireReviewer(action, state, actor);
    if (action === 'leave') requireLeavable(state, state.appId, { actor, now: this.clock.now() });
    if (action === 'label' && userOfActor(state, actor)?.status !== 'ACTIVE') throw notInApp(action, state, actor);
  }

  /** Returns the roster of the app that the input names, or whose access review it names; null when it names none or one that does not exist. */
  async #roster(input: object): Promise<RosterState | null> {
    const appId = await this.#appOf(input);
    if (typeof appId !== 'string' || !isAppId(appId)) return null;
    const state = await this.rosters.load(appId);
    return state.registered ? state : null;
  }

  async #appOf(input: object): Promise<unknown> {
    if ('appId' in input) return input.appId;
    return 'reviewId' in input && typeof input.reviewId === 'string' ? this.reviews.appOf(input.reviewId) : null;
  }
}

/** Whether the caller removed themselves, or gave up being an admin and is still a member. */
const isOwnEnd = (mutation: string, outcome: Outcome, own: RosterUser | undefined): boolean =>
  own !== undefined && 'userId' in outcome && outcome.userId === own.userId && (mutation === 'removeUser' || (mutation === 'changeUserRole' && own.status === 'ACTIVE'));
