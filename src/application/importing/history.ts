import { DomainError } from '../../domain/domainError';
import type { RosterEvent, UserKind, UserRole } from '../../domain/events';
import { isAddress, type KeapId, normalizeKeapId, parseKeapId } from '../../domain/keapId';
import { IMPORTER } from '../../domain/roster/importing';
import type { RosterState, RosterUser } from '../../domain/roster/state';
import { rosterStream } from '../../domain/streams';
import type { EventStore } from '../../eventstore/eventStore';
import { registerApp } from '../apps';
import type { CommandPorts } from '../commandPorts';
import { addMilliseconds, systemCaller } from '../commandTypes';
import { type CommandRun, derivedId, toRecorded } from '../handling/append';
import { type ChangeSource, type HistoryChange, lineOf, type NumberedChange } from './changes';
import { HistoryProblem } from './lines';
import { preparedInParts } from './lookAhead';

/** The app whose history is imported. When it is missing, it is registered at the time of the first line. */
export interface HistoryOfApp {
  readonly appId: string;
  readonly name: string;
  readonly owner: string;
  readonly licences: number;
}

export interface ImportReport {
  /** Number of lines with a change. */
  readonly changes: number;
  /** Number of those lines that an earlier import had imported. */
  readonly alreadyThere: number;
}

/** A change that an earlier import recorded. */
interface RecordedChange extends Omit<HistoryChange, 'at' | 'name' | 'kind'> {
  readonly at: string;
  readonly kind: UserKind;
}

/** What earlier imports recorded, in order. */
interface RecordedImport {
  /** The owner of the app; null while it is not registered. */
  readonly owner: KeapId | null;
  readonly changes: readonly RecordedChange[];
}

/** A person of the app after the lines so far. */
interface KnownPerson {
  readonly kind: UserKind;
  /** Null for somebody who left. */
  readonly role: UserRole | null;
}

/** Lines whose people are prepared together. */
const PREPARED_LINES = 200;

const IMPORT_NAMESPACE = '0f8e2f0b-5f62-4c11-8a52-6c0a3c6cf0d4';

/**
 * Imports a history of an app's people, line by line. Each line goes through the same deciders as requests, at the line's time. Event
 * ids derive from the app and the line. Lines that an earlier import recorded are compared with what it recorded, so that importing a
 * file again adds only what is missing. Until the last line was taken, only the import changes the app, and a mended file goes on.
 */
export class HistoryImport {
  /** @param preparePeople prepares the log for events about people with these addresses, all at once, which is faster than one by one. */
  constructor(
    private readonly store: EventStore,
    private readonly ports: CommandPorts,
    private readonly preparePeople: (addresses: readonly string[]) => Promise<void>,
  ) {}

  /**
   * Imports all lines.
   * @param onProgress called after each change with the number of changes done and the total.
   * @throws HistoryProblem at the first line that cannot be imported. Earlier lines stay imported.
   * @throws DomainError when the app cannot be registered.
   */
  async run(app: HistoryOfApp, source: ChangeSource, onProgress: (done: number, total: number) => void = () => undefined): Promise<ImportReport> {
    const recorded = await this.#recorded(app.appId);
    const before = await this.ports.rosters.load(app.appId);
    const wasFinished = before.registered && !before.importing;
    const owner = recorded.owner ?? parseKeapId(app.owner, 'owner');
    if (before.importing && normalizeKeapId(app.owner) !== owner.normalized) {
      throw new DomainError('INVALID_INPUT', `${app.appId} was registered with the owner ${owner.display} when its import began. Import with that owner.`, { field: 'owner' });
    }
    const { total, stepBack, sortedUpTo } = await source.survey();
    const people = new People(owner.normalized);
    const now = this.ports.clock.now();
    let [done, alreadyThere, matched, lastLine, lastAt] = [0, 0, 0, 0, ''];
    // Lines without an effect are not recorded. A corrected line may have become one.
    let passed: NumberedChange[] = [];
    const prepare = async (part: readonly NumberedChange[]): Promise<void> => {
      // What was imported before needs nothing, and may be about people who were erased since.
      if (matched === recorded.changes.length && !wasFinished) await this.preparePeople(addressesIn(part));
    };
    for await (const said of preparedInParts(source.changes(), PREPARED_LINES, prepare)) {
      const { line, change } = said;
      const keapId = parsedKeapId(said);
      const at = change.at ?? later(now, lastAt);
      if (at > now) throw new HistoryProblem(line, `its time ${at} is in the future. The time is ${now}.`);
      const back = at > sortedUpTo ? stepBack : at < lastAt ? { line, at, above: lastAt } : null;
      if (back) throw new HistoryProblem(back.line, `its time ${back.at} is before the time of a line above, ${back.above}. Sort the lines by time.`);
      const effect = people.effectOf(said, keapId);
      const earlier = recorded.changes[matched];
      if (earlier && !effect.isNone) {
        if (!isSame(effect.change, keapId, earlier)) throw readsDifferently(passed.find((one) => isAbout(one, earlier)) ?? said, earlier);
        passed = [];
        matched += 1;
        alreadyThere += 1;
      } else if (earlier || (wasFinished && effect.isNone)) {
        alreadyThere += 1;
        passed.push(said);
      } else await this.#apply(app, said, { ...effect.change, at }, effect.isNone);
      people.apply(effect.change, keapId);
      lastAt = earlier && !effect.isNone ? earlier.at : at;
      lastLine = line;
      done += 1;
      onProgress(done, total);
    }
    const missing = recorded.changes[matched];
    if (missing) throw new HistoryProblem(lastLine + 1, `the file ends, but this line was imported as ${lineOf(missing)}. Restore it: what was imported stays.`);
    await this.#finish(app.appId, done, lastAt);
    return { changes: done, alreadyThere };
  }

  /** Reads what earlier imports recorded. Lines that changed nothing are not among it. */
  async #recorded(appId: string): Promise<RecordedImport> {
    const people = new Map<string, { readonly keapId: string; readonly kind: UserKind }>();
    const changes: RecordedChange[] = [];
    let owner: KeapId | null = null;
    for await (const stored of this.store.readStream(rosterStream(appId))) {
      const { data, type, occurredAt: at } = toRecorded<RosterEvent>(stored);
      if (type === 'OwnerAdded') {
        owner = { display: data.person.keapId, normalized: normalizeKeapId(data.person.keapId) };
        people.set(data.userId, { keapId: data.person.keapId, kind: 'USER' });
      }
      if (type === 'InvitationAccepted') people.set(data.userId, { keapId: data.person.keapId, kind: data.kind });
      const person = 'userId' in data ? people.get(data.userId) : undefined;
      if (stored.metadata.actorId !== IMPORTER || !person) continue;
      if (type === 'InvitationAccepted') changes.push({ at, ...person, change: 'joined', role: data.role });
      if (type === 'UserRoleChanged') changes.push({ at, ...person, change: 'role', role: data.to });
      if (type === 'PartnerLeftApp' || type === 'UserRemoved') changes.push({ at, ...person, change: 'left', role: null });
    }
    return { owner, changes };
  }

  async #apply(app: HistoryOfApp, { line, text }: NumberedChange, change: HistoryChange & { readonly at: string }, isNone: boolean): Promise<void> {
    const { rosters } = this.ports;
    const { appId, licences } = app;
    let roster = await rosters.load(appId);
    if (!roster.registered) {
      await this.#register(app, change.at);
      roster = await rosters.load(appId);
    }
    if (change.at < roster.lastOccurredAt) {
      throw new HistoryProblem(line, `its time ${change.at} is before the app's latest event, ${roster.lastOccurredAt}. Events cannot be added to the past.`);
    }
    if (roster.importing && licences > roster.licences) {
      await rosters.handle(appId, { type: 'SetLicences', licences }, runAt(appId, derivedId(namespaceOf(appId), `licences ${licences} ${line}`), change.at));
      roster = await rosters.load(appId);
    }
    if (isNone) return;
    const run = runAt(appId, derivedId(namespaceOf(appId), `${line}\0${text}`), change.at);
    try {
      await this.#change(appId, change, roster, run);
    } catch (error) {
      if (error instanceof DomainError) throw new HistoryProblem(line, `${change.keapId} ${change.change}: ${error.message} (${error.code})`);
      throw error;
    }
  }

  async #change(appId: string, { keapId: raw, change, role, kind, name, at }: HistoryChange & { readonly at: string }, roster: RosterState, run: CommandRun): Promise<void> {
    const { rosters, departures, bindings, settings } = this.ports;
    const keapId = parseKeapId(raw);
    if (change === 'joined' && role !== null) {
      const boundPersonId = await bindings.ownerOf(keapId.normalized);
      const [newUserId, newInvitationId] = [derivedId(run.commandId, 'user'), derivedId(run.commandId, 'invitation')];
      const expiresAt = addMilliseconds(at, settings.invitationTtlMs);
      await rosters.handle(appId, { type: 'JoinApp', keapId: raw, kind: kind ?? 'PARTNER', role, name, boundPersonId, newUserId, newInvitationId, expiresAt }, run);
      return;
    }
    const user = activeUser(roster, keapId.normalized);
    if (!user) throw new DomainError('NOT_A_MEMBER', 'this person is not in the app at that time.');
    const { userId, epoch } = user;
    if (role !== null) await rosters.handle(appId, { type: 'ChangeUserRole', userId, role, reason: null }, run);
    else if ((await departures.depart({ appId, userId, epoch, leaveId: run.commandId, reason: user.kind === 'PARTNER' ? 'LEAVE' : 'REMOVAL', removalReason: null }, run)) === null) {
      throw new DomainError('NOT_A_MEMBER', 'another request was ending this membership at the same time. Run the import again.');
    }
  }

  async #register({ appId, name, owner, licences }: HistoryOfApp, at: string): Promise<void> {
    const input = { appId, name, licences, ownerKeapId: owner, importing: true } as const;
    await registerApp(this.ports, input, runAt(appId, derivedId(namespaceOf(appId), 'register'), at));
  }

  async #finish(appId: string, changes: number, at: string): Promise<void> {
    if (changes === 0 || !(await this.ports.rosters.load(appId)).importing) return;
    await this.ports.rosters.handle(appId, { type: 'FinishImport', changes }, runAt(appId, derivedId(namespaceOf(appId), 'finish'), at));
  }
}

/** The app's people after the lines so far. It tells what a line changes. */
class People {
  readonly #people: Map<string, KnownPerson>;
  #ownerJoined = false;

  constructor(private readonly owner: string) {
    this.#people = new Map([[owner, { kind: 'USER', role: 'ADMIN' }]]);
  }

  /**
   * Returns what the line changes. The first line of the owner says that they joined, as whom registering the app adds them.
   * @throws HistoryProblem when the line says another kind than the person has.
   */
  effectOf({ line, change }: NumberedChange, { normalized }: KeapId): { readonly change: HistoryChange; readonly isNone: boolean } {
    const known = this.#people.get(normalized);
    const isOwner = normalized === this.owner;
    const ownersFirst = isOwner && change.change === 'joined' && !this.#ownerJoined && known?.role !== null;
    const kind = known && (change.change !== 'joined' || ownersFirst) ? known.kind : (change.kind ?? (isOwner ? 'USER' : 'PARTNER'));
    if (change.kind !== null && change.kind !== kind) throw new HistoryProblem(line, `"kind" is "${change.kind}", but ${change.keapId} is ${ownersFirst ? 'the owner, who is a USER' : `a ${kind}`}.`);
    const effect = { ...change, kind, change: ownersFirst ? 'role' as const : change.change };
    return { change: effect, isNone: effect.change === 'role' && known?.role === effect.role };
  }

  apply({ change, role, kind }: HistoryChange, { normalized }: KeapId): void {
    if (normalized === this.owner) this.#ownerJoined = true;
    this.#people.set(normalized, { kind: kind ?? 'PARTNER', role: change === 'left' ? null : role });
  }
}

/** The addresses of those who join. */
const addressesIn = (part: readonly NumberedChange[]): readonly string[] =>
  [...new Set(part.flatMap(({ change: { change, keapId } }) => (change === 'joined' && isKeapId(keapId) ? [keapId] : [])))];

function isKeapId(keapId: string): boolean {
  try {
    parseKeapId(keapId);
    return true;
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
}

function parsedKeapId({ line, change }: NumberedChange): KeapId {
  try {
    return parseKeapId(change.keapId);
  } catch (error) {
    if (error instanceof DomainError) throw new HistoryProblem(line, `${JSON.stringify(change.keapId)}: ${error.message} (${error.code})`);
    throw error;
  }
}

/** Whether a line says what was recorded. The Keap ID of an erased person is not compared. */
function isSame({ at, change, role, kind }: HistoryChange, { display, normalized }: KeapId, recorded: RecordedChange): boolean {
  if ((at !== null && at !== recorded.at) || change !== recorded.change || role !== recorded.role || kind !== recorded.kind) return false;
  if (!isAddress(recorded.keapId)) return true;
  return change === 'joined' ? display === recorded.keapId : normalized === normalizeKeapId(recorded.keapId);
}

const isAbout = ({ change }: NumberedChange, { keapId }: RecordedChange): boolean => normalizeKeapId(change.keapId) === normalizeKeapId(keapId);

const readsDifferently = ({ line, text }: NumberedChange, recorded: RecordedChange): HistoryProblem =>
  new HistoryProblem(line, `it was imported as ${lineOf(recorded)} and now reads ${text}. What was imported stays: restore the line, and add what corrects it below.`);

const later = (a: string, b: string): string => (a > b ? a : b);

const namespaceOf = (appId: string): string => derivedId(IMPORT_NAMESPACE, appId);

/** A run whose ids derive from the app and the line, so that the events are the same on every machine. */
const runAt = (appId: string, commandId: string, at: string): CommandRun => ({
  caller: systemCaller(IMPORTER, namespaceOf(appId)),
  commandId,
  keyed: false,
  causationId: commandId,
  at,
});

const activeUser = (roster: RosterState, keapIdNormalized: string): RosterUser | undefined =>
  (roster.userIdsByKeapId.get(keapIdNormalized) ?? []).map((userId) => roster.users.get(userId)).find((user) => user?.status === 'ACTIVE');
