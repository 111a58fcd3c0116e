import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import type { HistoryEntry } from '../application/history/entries';
import { viewerAccounts } from './account/resolver';
import { Account, ReceivedInvitation, Viewer } from './account/types';
import { App } from './app/types';
import type { ReadSource, RequestContext } from './context';
import { membershipEventOf } from './history/types';
import { Invitation } from './invitation/types';
import { AccessReview } from './review/types';
import { auditedRead } from './shared/auditedRead';
import { Node } from './shared/connection';
import { type GlobalKey, type GlobalType, parseGlobalId } from './shared/globalId';
import { personOf } from './shared/visibility';
import { User } from './user/types';

type Read = (key: GlobalKey, context: RequestContext) => Promise<Node | null>;

/** Returns the source that the object of a global id is read from: the live read models, or those of the moment in the id. */
async function sourceOf({ appId, moment }: GlobalKey, context: RequestContext, labelUserIds: readonly string[] = []): Promise<ReadSource> {
  return moment ? context.asOf({ appIds: [appId], labelUserIds, asOf: moment }) : context.live;
}

const record = ({ type, appId, id, moment }: GlobalKey, context: RequestContext): Promise<void> => context.recordRead(auditedRead('node', appId, { type, id, ...moment }));

/** Reads an object of an app. An auditor's read is recorded first. */
const inApp = (isVisible: (key: GlobalKey, context: RequestContext) => boolean, read: (key: GlobalKey, source: ReadSource) => Promise<Node | null>): Read =>
  async (key, context) => {
    if (!isVisible(key, context)) return null;
    if (context.visibility.readsAsAuditor(key.appId)) await record(key, context);
    return read(key, await sourceOf(key, context));
  };

const seesUsers = ({ appId }: GlobalKey, { visibility }: RequestContext): boolean => visibility.seesUsers(appId);

const isWithin = ({ stored: { position, occurredAt } }: HistoryEntry, { until: { untilPosition, untilTime } }: ReadSource): boolean =>
  position <= (untilPosition ?? position) && occurredAt <= (untilTime ?? occurredAt);

/** Reads the objects of each type. What of the past may be seen is decided by the rights of now. */
const READ: Readonly<Record<GlobalType, Read>> = {
  App: inApp(({ appId }, { visibility }) => visibility.seesApp(appId), async ({ appId, id }, source) => {
    const row = id === appId ? await source.apps.load(appId) : undefined;
    return row ? new App(row, source) : null;
  }),
  User: inApp(seesUsers, async ({ appId, id }, source) => {
    const row = await source.users.load({ appId, userId: id });
    return row ? new User(row, source) : null;
  }),
  Invitation: inApp(seesUsers, async ({ appId, id }, source) => {
    const row = await source.invitations.load({ appId, invitationId: id });
    return row ? new Invitation(row, source) : null;
  }),
  async AccessReview({ appId, id, moment }, context) {
    const { live, visibility } = context;
    const row = moment === null && visibility.seesReviews(appId) ? live.models.accessReviews.byId(id) : undefined;
    if (row?.appId !== appId) return null;
    if (visibility.readsAsAuditor(appId)) await context.recordRead(auditedRead('accessReview', appId, { reviewId: id }));
    return new AccessReview(row, live);
  },
  async MembershipEvent(key, context) {
    const { appId, id } = key;
    const { visibility, readModels } = context;
    const role = visibility.historyRole(appId);
    const administration = visibility.administrationRole();
    if (role === null && administration === null) return null;
    if (role === 'AUDITOR') await record(key, context);
    const entry = (role && (await readModels.history.entry(appId, id))) ?? (administration && (await readModels.administration.entry(appId, id, administration)));
    if (!entry) return null;
    const source = await sourceOf(key, context);
    return isWithin(entry, source) ? membershipEventOf(entry, source, role === null) : null;
  },
  async Account(key, context) {
    const { appId, id } = key;
    const own = context.visibility.ownUser(appId);
    if (own?.userId !== id || own.status !== 'ACTIVE') return null;
    const source = await sourceOf(key, context, [id]);
    const row = source.models.accountCentral.account(personOf(context.requireCaller()), appId);
    return row ? new Account(row, source) : null;
  },
  async ReceivedInvitation(key, context) {
    const { appId, id, moment } = key;
    // As in Account Central: the past shows only apps that the viewer is in now.
    if (moment && context.visibility.ownUser(appId)?.status !== 'ACTIVE') return null;
    const source = await sourceOf(key, context);
    const received = source.models.accountCentral.receivedInvitations(personOf(context.requireCaller()));
    const row = received.find((one) => one.appId === appId && one.invitationId === id);
    return row ? new ReceivedInvitation(row, source) : null;
  },
  async AccountCentral({ id, moment }, context) {
    return context.requireCaller().actor.personId === id ? viewerAccounts(context, moment) : null;
  },
  Viewer({ id }, context) {
    const caller = context.requireCaller();
    return Promise.resolve(caller.actor.personId === id ? new Viewer(caller) : null);
  },
};

/** The query for objects by their global ids. */
@Resolver()
export class NodeQueries {
  @Query(() => Node, {
    nullable: true,
    description: 'The object with this global id. The id of an object read with `asOf` returns the object as of that moment. Null when it does not exist or the viewer may not see it now.',
  })
  async node(@Arg('id', () => ID, { description: 'The `id` of an object in an earlier answer.' }) id: string, @Ctx() context: RequestContext): Promise<Node | null> {
    context.requireCaller();
    const key = parseGlobalId(id);
    return key ? READ[key.type](key, context) : null;
  }
}
