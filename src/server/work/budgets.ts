import type { WorkSettings } from '../../settings/settings';
import { WIDE_MULTIPLE } from '../limits';
import { TokenBuckets } from './tokenBuckets';

type BudgetSettings = Omit<WorkSettings, 'overloadDelayMs'>;

const NO_LIMITS: BudgetSettings = { workPerPerson: 0, workPerAddress: 0, workPerApp: 0, workSavedSeconds: 1 };

/** Budgets of each kind that are remembered. The one that was not used for longest is forgotten, and full when it is used again. */
const MAX_BUDGETS = 50_000;

/** The budget that each member of an app has when that of the app is used up, as a part of it. Otherwise one member could keep out all others. */
const MEMBERS_PART = 0.1;

export const BUDGET_KINDS = ['person', 'address', 'network', 'app'] as const;
export type BudgetKind = (typeof BUDGET_KINDS)[number];

/** Somebody whose work is counted. */
export interface Payer {
  readonly kind: BudgetKind;
  readonly key: string;
  /** The member of an app who does the work. When the app's budget is used up, they still have a small one for themselves. */
  readonly member?: string;
}

/** A budget that is used up. */
export interface OverBudget {
  readonly kind: BudgetKind;
  readonly seconds: number;
  readonly message: string;
}

const WHO: Readonly<Record<BudgetKind, string>> = {
  person: 'One person may use',
  address: 'An address may use, without signing in,',
  network: 'A network may use, without signing in,',
  app: 'The members of one app may together use',
};

/** What is told of the budgets. */
export interface WorkReport {
  /** A request was refused because a budget is used up. */
  overBudget(kind: BudgetKind): void;
  /** Milliseconds of work were done for somebody. */
  workDone(kind: BudgetKind, ms: number): void;
}

const NO_REPORT: WorkReport = { overBudget: () => undefined, workDone: () => undefined };

/** The budgets of people, addresses and apps: token buckets of milliseconds of work. */
export class WorkBudgets {
  readonly #buckets: Readonly<Record<BudgetKind, TokenBuckets>>;
  readonly #perSecond: Readonly<Record<BudgetKind, number>>;
  /** The budgets of members of an app, for when that of the app is used up. */
  readonly #ofMembers: TokenBuckets;

  constructor(settings: BudgetSettings = NO_LIMITS, private readonly report: WorkReport = NO_REPORT, now: () => number = Date.now) {
    const { workPerPerson: person, workPerAddress: address, workPerApp: app, workSavedSeconds } = settings;
    const buckets = (perSecond: number): TokenBuckets => new TokenBuckets({ size: perSecond * workSavedSeconds, perSecond, max: MAX_BUDGETS, now });
    const network = address * WIDE_MULTIPLE;
    this.#perSecond = { person, address, network, app };
    this.#buckets = { person: buckets(person), address: buckets(address), network: buckets(network), app: buckets(app) };
    this.#ofMembers = buckets(app * MEMBERS_PART);
  }

  /** Returns why a payer is refused whose budget is used up; null while something is left of it. */
  usedUp(payer: Payer): OverBudget | null {
    return this.#refusal(payer, this.secondsUntilLeft(payer));
  }

  /** Returns the seconds until something is left of a payer's budget; 0 when something is. */
  secondsUntilLeft({ kind, key }: Payer): number {
    return this.#buckets[kind].wait(key, Number.MIN_VALUE);
  }

  /** Takes milliseconds from the budgets of all payers. @returns why the request is refused when one has too little; then nothing is taken. */
  take(payers: readonly Payer[], ms: number): OverBudget | null {
    for (const [index, payer] of payers.entries()) {
      const refused = this.#refusal(payer, this.#take(payer, ms));
      if (refused === null) continue;
      this.spend(payers.slice(0, index), -ms);
      return refused;
    }
    return null;
  }

  #take({ kind, key, member }: Payer, ms: number): number {
    const seconds = this.#buckets[kind].take(key, ms);
    if (seconds === 0 || member === undefined || ms > this.#ofMembers.size) return seconds;
    const own = this.#ofMembers.take(`${key} ${member}`, ms);
    if (own > 0) return Math.min(seconds, own);
    this.#buckets[kind].spend(key, ms);
    return 0;
  }

  /** Charges work that was done, of which `taken` milliseconds were taken before. */
  charge(payers: readonly Payer[], ms: number, taken = 0): void {
    this.spend(payers, ms - taken);
    for (const { kind } of payers) this.report.workDone(kind, ms);
  }

  /** Takes milliseconds from the budgets of all payers, whether or not they are there; a negative number gives them back. */
  spend(payers: readonly Payer[], ms: number): void {
    for (const { kind, key } of payers) this.#buckets[kind].spend(key, ms);
  }

  /** How much of a payer's budget is left: 1 for all of it. */
  left({ kind, key }: Payer): number {
    return this.#buckets[kind].fullness(key);
  }

  #refusal({ kind }: Payer, seconds: number): OverBudget | null {
    if (seconds === 0) return null;
    this.report.overBudget(kind);
    const message = `${WHO[kind]} ${this.#perSecond[kind].toLocaleString('en')} ms of the server's time per second, and this is used up. Send the request again in ${seconds} s.`;
    return { kind, seconds, message };
  }
}
