import { accountNameOf } from '../../domain/fields';
import { appIdOfHistory, appIdOfStream } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import type { KeapIdBindingsQueries, SignInRow } from '../../projections/keapIdBindings/queries';
import type { AccessQueries } from '../../projections/periodsOfAccess/queries';
import type { AppPeopleQueries, UserListQueries } from '../../projections/userList/queries';
import type { PersonInAppRow, UserKey, UserRow } from '../../projections/userList/rows';
import { administrativeEntryOf, type HistoryEntry, historyEntryOf } from '../history/entries';
import { type ActorKind, actorKindOf, type KnownPeople, nameOfPart, summaryWithNames } from '../history/summary';
import { BYTE_ORDER_MARK, csvLine, csvTime } from './csv';

const COLUMNS = [
  'time (UTC)', 'app', 'account name', 'event', 'summary', 'actor', 'actor Keap ID', 'acted as', 'subject', 'subject Keap ID', 'role before', 'role after', 'reason',
  'position', 'stream', 'revision', 'event id', 'correlation id', 'hash',
];

/** Events whose names are looked up at once. */
const EVENTS_AT_ONCE = 200;

/** Where the names that are known now are read. */
export interface HistoryNames {
  readonly userList: Pick<UserListQueries, 'appsByIds' | 'usersByIds'>;
  readonly people: Pick<AppPeopleQueries, 'peopleInApps'>;
  readonly keapIds: Pick<KeapIdBindingsQueries, 'signIns'>;
  readonly access: Pick<AccessQueries, 'roles'>;
}

/** Writes events as CSV: what happened in a plain sentence, who did it, to whom, and the role before and after; names as they are now, instead of ids. */
export async function* historyCsv(events: AsyncIterable<StoredEvent>, names: HistoryNames): AsyncGenerator<string, void, undefined> {
  yield BYTE_ORDER_MARK + csvLine(COLUMNS);
  let batch: StoredEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < EVENTS_AT_ONCE) continue;
    yield* linesOf(batch, names);
    batch = [];
  }
  yield* linesOf(batch, names);
}

/** An event, and what the history says of it; null for what only the service needs. */
interface Shown {
  readonly stored: StoredEvent;
  readonly entry: HistoryEntry | null;
}

const entryOf = (stored: StoredEvent): HistoryEntry | null => (appIdOfHistory(stored) === undefined ? administrativeEntryOf(stored) : historyEntryOf(stored));

async function* linesOf(batch: readonly StoredEvent[], names: HistoryNames): AsyncGenerator<string, void, undefined> {
  const shown = batch.map((stored): Shown => ({ stored, entry: entryOf(stored) }));
  const known = new Known(shown, names);
  for (const one of shown) yield csvLine(await known.cellsOf(one));
}

const userKeyOf = ({ appId, userId }: UserKey): string => `${appId}/${userId}`;

/** What is known of the apps and people in some events. */
class Known {
  readonly #apps: ReadonlyMap<string, string>;
  readonly #users: ReadonlyMap<string, UserRow>;
  readonly #people: ReadonlyMap<string, PersonInAppRow>;
  readonly #signIns: ReadonlyMap<string, SignInRow>;
  readonly #roles: ReturnType<AccessQueries['roles']>;
  readonly #lookUp: KnownPeople = {
    user: (key) => Promise.resolve(this.#users.get(userKeyOf(key))),
    person: ({ appId, personId }) => Promise.resolve(this.#person(appId, personId)),
  };

  constructor(events: readonly Shown[], { userList, people, keapIds, access }: HistoryNames) {
    const users = new Map<string, UserKey>();
    const actors = new Map<string, { readonly appId: string; readonly personId: string }>();
    for (const { stored, entry } of events) {
      if (entry === null) continue;
      const { appId } = entry;
      for (const userId of usersIn(entry)) users.set(userKeyOf({ appId, userId }), { appId, userId });
      const personId = stored.metadata.actorId;
      actors.set(`${appId}/${personId}`, { appId, personId });
    }
    this.#apps = new Map(userList.appsByIds(events.flatMap(({ entry }) => (entry === null ? [] : [entry.appId]))).map(({ appId, name }) => [appId, accountNameOf(appId, name)]));
    this.#users = new Map(userList.usersByIds([...users.values()]).map((user) => [userKeyOf(user), user]));
    this.#people = new Map(people.peopleInApps([...actors.values()]).map((person) => [`${person.appId}/${person.personId}`, person]));
    this.#signIns = new Map(keapIds.signIns([...new Set([...actors.values()].map(({ personId }) => personId))]).map((signIn) => [signIn.personId, signIn]));
    this.#roles = access.roles([...users.values()]);
  }

  async cellsOf({ stored, entry }: Shown): Promise<readonly (string | null)[]> {
    const { occurredAt, type, position, stream, revision, id, hash, metadata: { actorId, correlationId } } = stored;
    const place = [position, stream, String(revision), id, correlationId, hash];
    if (entry === null) return [csvTime(occurredAt), appIdOfStream(stream) ?? null, null, type, TECHNICAL, null, null, null, null, null, null, null, null, ...place];
    const { appId, event, reason } = entry;
    const summarized = { appId, actorId, type, event };
    const actor = this.#person(appId, actorId);
    const account = this.#apps.get(appId) ?? null;
    const subject = this.#subjectOf(entry);
    const [before, after] = this.#rolesOf(entry);
    return [
      csvTime(occurredAt), appId, account, type, await summaryWithNames(summarized, this.#lookUp),
      nameOfPart(actorId) ?? actor?.name ?? actor?.keapId ?? null, actor?.keapId ?? null, ACTED_AS[actorKindOf(summarized)],
      subject === null ? account : (subject.name ?? subject.keapId), subject?.keapId ?? null, before, after, reason, ...place,
    ];
  }

  #person(appId: string, personId: string): PersonInAppRow | SignInRow | undefined {
    return this.#people.get(`${appId}/${personId}`) ?? this.#signIns.get(personId);
  }

  #subjectOf(entry: HistoryEntry): { readonly name: string | null; readonly keapId: string } | null {
    const [userId] = usersIn(entry);
    const user = userId === undefined ? undefined : this.#users.get(userKeyOf({ appId: entry.appId, userId }));
    if (user) return user;
    const data = entry.event?.data;
    return data !== undefined && 'person' in data ? data.person : null;
  }

  /** The roles that the subject had, or was offered: those of their access before and after, or else those that the event names. */
  #rolesOf({ stored: { position }, event }: HistoryEntry): readonly [string | null, string | null] {
    const [before, after] = [this.#roles.before.get(position) ?? null, this.#roles.after.get(position) ?? null];
    if (before !== null || after !== null || event === null) return [before, after];
    if (event.type === 'UserRoleChanged') return [event.data.from, event.data.to];
    return [null, 'role' in event.data ? event.data.role : null];
  }
}

const TECHNICAL = 'The service kept this for itself.';

const ACTED_AS: Readonly<Record<ActorKind, string>> = { MEMBER: 'member', OPERATOR: 'operator', AUDITOR: 'auditor', SYSTEM: 'service', IMPORT: 'import' };

/** The users that an event is about: first its subject, then the one whose contacts or invitation it takes. */
function usersIn({ event }: HistoryEntry): readonly string[] {
  const data = event?.data;
  if (data === undefined) return [];
  return [...('userId' in data && typeof data.userId === 'string' ? [data.userId] : []), ...('fromUserId' in data && typeof data.fromUserId === 'string' ? [data.fromUserId] : [])];
}
