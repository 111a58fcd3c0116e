import { rosterDecider } from '../../domain/roster/decide';
import { type RebindSignIns, rebindingConflicts } from '../../domain/roster/recovering';
import type { UserListQueries } from '../../projections/userList/queries';
import { systemCaller } from '../commandTypes';
import { newRun } from '../handling/append';
import type { RosterHandler } from '../handling/roster';

/** One line of a map from the subjects of a former sign-in to those of a new one. */
export interface SubjectChange {
  /** Number of the line in its file, from 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

/** A map that cannot be applied. Nothing was changed. */
export class SubjectMapProblem extends Error {
  override readonly name = 'SubjectMapProblem';

  constructor(line: number, reason: string) {
    super(`Line ${line}: ${reason}`);
  }
}

export interface RebindingInput {
  readonly changes: readonly SubjectChange[];
  readonly reason: string;
  /** When true, nothing is written, and the report says what would be. */
  readonly dryRun: boolean;
  /** Returns the id of the person with a former subject. */
  readonly personBefore: (subject: string) => string;
  /** Returns the id of the person with a new subject. */
  readonly personAfter: (subject: string) => string;
}

export interface RebindingReport {
  readonly lines: number;
  /** Memberships, present and former ones, that belong to a new sign-in now. */
  readonly memberships: number;
  readonly apps: number;
  /** Lines whose new subject had every membership before. */
  readonly alreadyDone: number;
  /** Lines whose subjects are in no app. */
  readonly unknown: number;
  /** Lines that could not be applied in an app, because both of their subjects are active there. */
  readonly conflicts: readonly { readonly line: number; readonly appId: string }[];
}

/** Users of one append, so that it stays far below the largest one that a store accepts. */
const MAX_AT_ONCE = 200;

/**
 * Gives the memberships of many sign-ins to new ones, app by app. What was done is not done again, so that an interrupted run is
 * completed by another one.
 */
export class SignInRebinding {
  constructor(
    private readonly rosters: Pick<RosterHandler, 'load' | 'handle' | 'contextOf'>,
    private readonly userList: Pick<UserListQueries, 'appIdsOfPerson'>,
  ) {}

  /**
   * Applies the map to every app that the read models know.
   * @param onProgress called after each app with the number of apps done and the total.
   * @throws SubjectMapProblem for a line that contradicts another one, before anything is written. @throws DomainError for an invalid reason.
   */
  async run(input: RebindingInput, onProgress: (done: number, total: number) => void = () => undefined): Promise<RebindingReport> {
    const lines = linesByPerson(input);
    const byApp = new Map<string, Map<string, string>>();
    let [alreadyDone, unknown] = [0, 0];
    for (const [from, { to }] of lines) {
      const appIds = this.userList.appIdsOfPerson(from);
      for (const appId of appIds) byApp.set(appId, (byApp.get(appId) ?? new Map<string, string>()).set(from, to));
      if (appIds.length > 0) continue;
      if (this.userList.appIdsOfPerson(to).length > 0) alreadyDone += 1;
      else unknown += 1;
    }
    const conflicts: { line: number; appId: string }[] = [];
    let [memberships, apps, done] = [0, 0, 0];
    for (const [appId, signIns] of byApp) {
      const before = memberships;
      for (const command of commandsFor(signIns, input.reason)) {
        for (const from of rebindingConflicts(command, await this.rosters.load(appId))) conflicts.push({ line: lines.get(from)?.line ?? 0, appId });
        memberships += await this.#apply(appId, command, input.dryRun);
      }
      if (memberships > before) apps += 1;
      done += 1;
      onProgress(done, byApp.size);
    }
    return { lines: input.changes.length, memberships, apps, alreadyDone, unknown, conflicts: conflicts.sort((a, b) => a.line - b.line) };
  }

  /** Returns the number of memberships that were given, or would be. */
  async #apply(appId: string, command: RebindSignIns, dryRun: boolean): Promise<number> {
    const run = newRun(systemCaller('rebind'));
    if (!dryRun) return (await this.rosters.handle(appId, command, run)).events.length;
    const state = await this.rosters.load(appId);
    return rosterDecider.decide(command, state, this.rosters.contextOf(run)).length;
  }
}

function* commandsFor(signIns: ReadonlyMap<string, string>, reason: string): Generator<RebindSignIns, void, undefined> {
  const all = [...signIns];
  for (let start = 0; start < all.length; start += MAX_AT_ONCE) yield { type: 'RebindSignIns', signIns: new Map(all.slice(start, start + MAX_AT_ONCE)), reason };
}

/** The new person and the line of each former one. @throws SubjectMapProblem for two lines that contradict each other, and for one that changes nothing. */
function linesByPerson({ changes, personBefore, personAfter }: RebindingInput): ReadonlyMap<string, { readonly to: string; readonly line: number }> {
  const former = new Map<string, { to: string; line: number }>();
  const later = new Map<string, number>();
  for (const { line, from, to } of changes) {
    const [before, after] = [personBefore(from), personAfter(to)];
    if (before === after) throw new SubjectMapProblem(line, `the old and the new subject are the same (${from}), at the same issuer. Remove the line, or name the former issuer with --from-issuer.`);
    const earlier = former.get(before);
    if (earlier !== undefined) throw new SubjectMapProblem(line, `the old subject ${from} is in line ${earlier.line} already. Keep one of the two lines.`);
    const other = later.get(after);
    if (other !== undefined) throw new SubjectMapProblem(line, `the new subject ${to} is in line ${other} already, and two people cannot become one. Correct one of the two lines.`);
    former.set(before, { to: after, line });
    later.set(after, line);
  }
  for (const { line, to } of changes) {
    const chained = former.get(personAfter(to));
    if (chained !== undefined) throw new SubjectMapProblem(line, `the new subject ${to} is the old subject of line ${chained.line}. Where subjects were exchanged between people, apply the lines in several files, by way of subjects that nobody has.`);
  }
  return former;
}
