import { DomainError } from '../domain/domainError';
import { parseKeapId } from '../domain/keapId';
import type { RosterState, RosterUser } from '../domain/roster/rosterState';
import { rosterStream } from '../domain/streamNames';
import type { EventStore } from '../eventstore/eventStore';
import { registerApp } from './appCommands';
import { systemCaller } from './caller';
import { addMilliseconds } from './clock';
import type { CommandPorts, CommandSettings } from './commandPorts';
import { derivedId, type CommandRun } from './commandRun';
import { HistoryProblem, parseHistoryLine, type HistoryChange } from './historyLine';

/** The app that a history is of; it is registered at the first line's time when it is not there. */
export interface HistoryOfApp {
  readonly appId: string;
  readonly name: string;
  readonly owner: string;
  readonly licences: number;
}

/** Gives the lines of a file, from the first one, each time it is called. */
export type LineSource = () => AsyncIterable<string>;

export interface ImportReport {
  /** lines with a change in them. */
  readonly changes: number;
  /** those of them that an earlier import had taken in already. */
  readonly alreadyThere: number;
}

interface Line {
  readonly number: number;
  readonly text: string;
  readonly commandId: string;
}

const IMPORT_NAMESPACE = '0f8e2f0b-5f62-4c11-8a52-6c0a3c6cf0d4';

/**
 * Takes a recorded history of an app's partners in, line by line, through the same deciders as everybody, with the
 * line's time as the clock. Ids derive from (app, line), so that the same file again adds only what is missing.
 */
export class HistoryImport {
  constructor(
    private readonly store: EventStore,
    private readonly ports: CommandPorts,
    private readonly settings: CommandSettings,
  ) {}

  /**
   * @param onProgress is told after each change how many of how many are done.
   * @throws HistoryProblem at the first line that cannot be taken in; what came before it is kept.
   * @throws DomainError when the app cannot be registered.
   */
  async run(app: HistoryOfApp, lines: LineSource, onProgress: (done: number, total: number) => void = () => undefined): Promise<ImportReport> {
    const recorded = await this.#recordedCommands(app.appId);
    let changes = 0;
    let alreadyThere = 0;
    for await (const { commandId } of numbered(app.appId, lines)) {
      changes += 1;
      if (recorded.has(commandId)) alreadyThere = changes;
    }
    let done = 0;
    let lastAt = '';
    for await (const line of numbered(app.appId, lines)) {
      const change = parseHistoryLine(line.text, line.number);
      if (change.at < lastAt) throw new HistoryProblem(line.number, `its time ${change.at} is before that of the line above, ${lastAt}; a history is in order of time.`);
      lastAt = change.at;
      if (done >= alreadyThere) await this.#apply(app, line, change);
      done += 1;
      onProgress(done, changes);
    }
    return { changes, alreadyThere };
  }

  /** Commands that the roster holds the end of; what only began is done again and comes to the same. */
  async #recordedCommands(appId: string): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for await (const { metadata } of this.store.readStream(rosterStream(appId))) ids.add(metadata.commandId).add(metadata.causationId);
    return ids;
  }

  async #apply(app: HistoryOfApp, line: Line, change: HistoryChange): Promise<void> {
    const { rosters } = this.ports;
    let roster = await rosters.load(app.appId);
    if (!roster.registered) {
      await this.#register(app, change.at);
      roster = await rosters.load(app.appId);
    }
    if (change.at < roster.lastOccurredAt) {
      throw new HistoryProblem(line.number, `its time ${change.at} is before the app's latest event, ${roster.lastOccurredAt}; what happened cannot be added to the past.`);
    }
    const run = runAt(app.appId, line.commandId, change.at);
    try {
      await this.#change(app.appId, change, roster, run);
    } catch (error) {
      if (error instanceof DomainError) throw new HistoryProblem(line.number, `${change.keapId} ${change.change}: ${error.message} (${error.code})`);
      throw error;
    }
  }

  async #change(appId: string, { keapId: raw, change, role, at }: HistoryChange, roster: RosterState, run: CommandRun): Promise<void> {
    const keapId = parseKeapId(raw);
    if (change === 'joined' && role !== null) {
      const boundPersonId = await this.ports.bindings.ownerOf(keapId.normalized);
      const [newUserId, newInvitationId] = [derivedId(run.commandId, 'user'), derivedId(run.commandId, 'invitation')];
      const expiresAt = addMilliseconds(at, this.settings.invitationTtlMs);
      await this.ports.rosters.handle(appId, { type: 'JoinApp', keapId: raw, role, boundPersonId, newUserId, newInvitationId, expiresAt }, run);
      return;
    }
    const user = activeUser(roster, keapId.normalized);
    if (!user) throw new DomainError('NOT_A_MEMBER', 'this person has not joined the app, or has left it.');
    const { userId, epoch } = user;
    if (role !== null) await this.ports.rosters.handle(appId, { type: 'ChangeUserRole', userId, role }, run);
    else if ((await this.ports.departures.depart({ appId, userId, epoch, leaveId: run.commandId, reason: 'LEAVE' }, run)) === null) {
      throw new DomainError('NOT_A_MEMBER', 'somebody else was ending this membership at the same moment.');
    }
  }

  async #register({ appId, name, owner, licences }: HistoryOfApp, at: string): Promise<void> {
    const commandId = derivedId(derivedId(IMPORT_NAMESPACE, appId), 'register');
    const input = { appId, name, licences, ownerKeapId: owner };
    await registerApp(this.ports, this.settings, input, runAt(appId, commandId, at));
  }
}

/** Everything about a run comes from the app and the line, so that the events are the same on every machine. */
const runAt = (appId: string, commandId: string, at: string): CommandRun => ({
  caller: systemCaller('import', derivedId(IMPORT_NAMESPACE, appId)),
  commandId,
  keyed: false,
  causationId: commandId,
  at,
});

const activeUser = (roster: RosterState, keapIdNormalized: string): RosterUser | undefined =>
  (roster.userIdsByKeapId.get(keapIdNormalized) ?? []).map((userId) => roster.users.get(userId)).find((user) => user?.status === 'ACTIVE');

async function* numbered(appId: string, lines: LineSource): AsyncIterable<Line> {
  const namespace = derivedId(IMPORT_NAMESPACE, appId);
  let number = 0;
  for await (const text of lines()) {
    number += 1;
    if (text.trim() !== '') yield { number, text, commandId: derivedId(namespace, `${number}\0${text}`) };
  }
}
