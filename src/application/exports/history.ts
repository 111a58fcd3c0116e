import { LRUCache } from 'lru-cache';
import { accountNameOf } from '../../domain/fields';
import { appIdOfHistory, appIdOfStream } from '../../domain/streams';
import type { StoredEvent } from '../../eventstore/eventStore';
import type { KeapIdBindingsQueries } from '../../projections/keapIdBindings/queries';
import type { AccessQueries } from '../../projections/periodsOfAccess/queries';
import type { HeldRole } from '../../projections/periodsOfAccess/rows';
import type { AppPeopleQueries, UserListQueries } from '../../projections/userList/queries';
import type { PersonInAppKey, UserKey } from '../../projections/userList/rows';
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
  readonly userList: Pick<UserListQueries, 'appsByIds' | 'namesOf'>;
  readonly people: Pick<AppPeopleQueries, 'peopleInApps'>;
  readonly keapIds: Pick<KeapIdBindingsQueries, 'signIns'>;
  readonly access: Pick<AccessQueries, 'roles'>;
}

/** Writes events as CSV: what happened in a plain sentence, who did it, to whom, and the role before and after; names as they are now, instead of ids. */
export async function* historyCsv(events: AsyncIterable<StoredEvent>, names: HistoryNames): AsyncGenerator<string, void, undefined> {
  yield BYTE_ORDER_MARK + csvLine(COLUMNS);
  const known = new Known(names);
  let batch: StoredEvent[] = [];
  for await (const event of events) {
    batch.push(event);
    if (batch.length < EVENTS_AT_ONCE) continue;
    yield* linesOf(batch, known);
    batch = [];
  }
  yield* linesOf(batch, known);
}

/** An event, and what the history says of it; null for what only the service needs. */
interface Shown {
  readonly stored: StoredEvent;
  readonly entry: HistoryEntry | null;
}

const entryOf = (stored: StoredEvent): HistoryEntry | null => (appIdOfHistory(stored) === undefined ? administrativeEntryOf(stored) : historyEntryOf(stored));

async function* linesOf(batch: readonly StoredEvent[], known: Known): AsyncGenerator<string, void, undefined> {
  const shown = batch.map((stored): Shown => ({ stored, entry: entryOf(stored) }));
  known.learn(shown);
  for (const one of shown) yield csvLine(await known.cellsOf(one));
}

/** Names and roles that are remembered while a table is written. Beyond it, they are looked up again. */
const MAX_REMEMBERED = 20_000;

const userKeyOf = ({ appId, userId }: UserKey): string => `${appId}/${userId}`;

interface Named {
  readonly name: string | null;
  readonly keapId: string;
}

/** What is known of apps and people: the same few are in most events that follow one another, so each is looked up once. */
class Known {
  readonly #apps = new LRUCache<string, string>({ max: MAX_REMEMBERED });
  readonly #users = new LRUCache<string, { readonly named: Named | null; readonly roles: readonly HeldRole[] }>({ max: MAX_REMEMBERED });
  /** People by app, as the app or else their sign-in names them. */
  readonly #people = new LRUCache<string, { readonly named: Named | null }>({ max: MAX_REMEMBERED });
  readonly #lookUp: KnownPeople = {
    user: (key) => Promise.resolve(this.#users.get(userKeyOf(key))?.named ?? undefined),
    person: ({ appId, personId }) => Promise.resolve(this.#person(appId, personId) ?? undefined),
  };

  constructor(private readonly names: HistoryNames) {}

  /** Looks up what is not known yet of these events, which are no more than what is remembered. */
  learn(events: readonly Shown[]): void {
    const apps = new Set<string>();
    const users = new Map<string, UserKey>();
    const people = new Map<string, PersonInAppKey>();
    for (const { stored, entry } of events) {
      if (entry === null) continue;
      const { appId } = entry;
      if (this.#apps.get(appId) === undefined) apps.add(appId);
      for (const userId of usersIn(entry)) if (!this.#users.get(userKeyOf({ appId, userId }))) users.set(userKeyOf({ appId, userId }), { appId, userId });
      const personId = stored.metadata.actorId;
      if (!this.#people.get(`${appId}/${personId}`)) people.set(`${appId}/${personId}`, { appId, personId });
    }
    if (apps.size > 0) for (const { appId, name } of this.names.userList.appsByIds([...apps])) this.#apps.set(appId, accountNameOf(appId, name));
    if (users.size > 0) this.#learnUsers(users);
    if (people.size > 0) this.#learnPeople(people);
  }

  #learnUsers(keys: ReadonlyMap<string, UserKey>): void {
    const { userList, access } = this.names;
    const found = new Map(userList.namesOf([...keys.values()]).map((user) => [userKeyOf(user), user]));
    const roles = new Map<string, HeldRole[]>();
    for (const role of access.roles([...keys.values()])) roles.set(userKeyOf(role), [...(roles.get(userKeyOf(role)) ?? []), role]);
    for (const key of keys.keys()) {
      const user = found.get(key);
      this.#users.set(key, { named: user ? { name: user.name, keapId: user.keapId } : null, roles: roles.get(key) ?? [] });
    }
  }

  #learnPeople(keys: ReadonlyMap<string, PersonInAppKey>): void {
    const { people, keapIds } = this.names;
    const inApps = new Map(people.peopleInApps([...keys.values()]).map((person) => [`${person.appId}/${person.personId}`, person]));
    const others = [...keys].filter(([key]) => !inApps.has(key)).map(([, { personId }]) => personId);
    const signIns = new Map(others.length === 0 ? [] : keapIds.signIns([...new Set(others)]).map((signIn) => [signIn.personId, signIn]));
    for (const [key, { personId }] of keys) {
      const person = inApps.get(key) ?? signIns.get(personId);
      this.#people.set(key, { named: person ? { name: person.name, keapId: person.keapId } : null });
    }
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

  #person(appId: string, personId: string): Named | null {
    return this.#people.get(`${appId}/${personId}`)?.named ?? null;
  }

  #subjectOf(entry: HistoryEntry): Named | null {
    const [userId] = usersIn(entry);
    const user = userId === undefined ? undefined : this.#users.get(userKeyOf({ appId: entry.appId, userId }))?.named;
    if (user) return user;
    const data = entry.event?.data;
    return data !== undefined && 'person' in data ? data.person : null;
  }

  /** The roles that the subject had, or was offered: those of their access before and after, or else those that the event names. */
  #rolesOf(entry: HistoryEntry): readonly [string | null, string | null] {
    const { appId, stored: { position }, event } = entry;
    const held = usersIn(entry).flatMap((userId) => this.#users.get(userKeyOf({ appId, userId }))?.roles ?? []);
    const [before, after] = [held.findLast(({ ended }) => ended === position)?.role ?? null, held.findLast(({ began }) => began === position)?.role ?? null];
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
