import { setTimeout as pause } from 'node:timers/promises';
import type { Identity } from '../auth/signIn';
import { type DocumentPrice, PRICES } from '../graphql/price';
import { networkOf, wideNetworkOf } from '../limits';
import type { OverBudget, Payer, WorkBudgets } from './budgets';
import { type CpuMeter, SharedCpu } from './sharedCpu';

/** CPU time that the fixed price of a mutation stands for. What comes on top is charged; part of it may be work of others that went on meanwhile. */
const USUAL_MUTATION_MS = 2 * PRICES.mutation;

/** The work of one request. */
export class WorkCharge {
  #measuredMs = 0;
  #countedMs = 0;
  #takenMs: number;
  #isSettled = false;

  /** @param meter counts the CPU time that is not measured otherwise; null where it is not counted. */
  constructor(
    private readonly budgets: WorkBudgets,
    private readonly payers: readonly Payer[],
    private readonly price: DocumentPrice,
    private readonly cpuShare: () => number,
    private readonly meter: CpuMeter | null,
    private readonly onSettled: () => void,
  ) {
    this.#takenMs = price.ms;
  }

  /** Takes a further part of the price. @returns why the request cannot go on when a budget has too little. */
  take(ms: number): OverBudget | null {
    // Taken together, so that a full budget is enough for a price beyond its size.
    this.budgets.spend(this.payers, -this.#takenMs);
    const refused = this.budgets.take(this.payers, this.#takenMs + ms);
    if (refused === null) this.#takenMs += ms;
    else this.budgets.spend(this.payers, this.#takenMs);
    return refused;
  }

  /** Adds milliseconds of work. */
  add(ms: number): void {
    if (this.#isSettled) {
      this.budgets.charge(this.payers, ms);
      return;
    }
    this.#measuredMs += ms;
    this.meter?.note(ms);
    this.#takeExcess();
  }

  /** Adds milliseconds that the event loop was seen to work, of which the process had a CPU for a part only. */
  addBusy(ms: number): void {
    this.add(ms * this.cpuShare());
  }

  /** Adds what the request has cost so far, so that its budgets know before it has ended. */
  lap(): void {
    if (this.#isSettled) return;
    this.#countedMs += this.meter?.lap() ?? 0;
    this.#takeExcess();
  }

  /** Replaces the price by what the request cost. Work that is measured later is charged when it is. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.onSettled();
    this.#countedMs += this.meter?.end() ?? 0;
    this.budgets.charge(this.payers, this.#costMs, this.#takenMs);
  }

  get #costMs(): number {
    const { fixedMs, mutations } = this.price;
    return fixedMs + this.#measuredMs + Math.max(0, this.#countedMs - mutations * USUAL_MUTATION_MS);
  }

  /** Takes what the request has cost already beyond its price, so that requests at the same time cannot each use up the whole budget. */
  #takeExcess(): void {
    const excess = this.#costMs - this.#takenMs;
    if (excess <= 0) return;
    this.budgets.spend(this.payers, excess);
    this.#takenMs += excess;
  }
}

/** Who sent a request. */
export interface Caller {
  /** Null for a request that is not signed in. */
  readonly identity: Identity | null;
  readonly address: string | undefined;
}

/**
 * The budget of the person who signed in, otherwise those of the networks that the request comes from. The wider one is asked first: a network that has used it
 * up does not use up the budgets that are remembered.
 */
const budgetsOf = ({ identity, address }: Caller): readonly Payer[] => (identity === null ? budgetsOfAddress(address, '') : [{ kind: 'person', key: identity.sub }]);

function budgetsOfAddress(address: string | undefined, purpose: string): readonly Payer[] {
  const wide = wideNetworkOf(address);
  const narrow: Payer = { kind: 'address', key: purpose + networkOf(address) };
  return wide === null ? [narrow] : [{ kind: 'network', key: purpose + wide }, narrow];
}

const upgradesOf = (address: string | undefined): readonly Payer[] => budgetsOfAddress(address, 'upgrades ');

/** Returns a text that is the same for all requests of a person, and for all unsigned requests from a network. */
export const callerKey = ({ identity, address }: Caller): string => (identity === null ? `address ${wideNetworkOf(address) ?? networkOf(address)}` : `person ${identity.sub}`);

/** Charges the work of requests to whoever sent them, and to the apps of which they are members. */
export class RequestWork {
  /** Milliseconds of work of the mutations in flight, by the keys of the callers. */
  readonly #pending = new Map<string, number>();
  #pendingMs = 0;
  readonly #cpu = new SharedCpu();

  constructor(
    private readonly budgets: WorkBudgets,
    private readonly isActiveMember: (person: Identity, appId: string) => boolean,
    private readonly cpuShare: () => number = () => 1,
    private readonly mostPendingEachMs = Infinity,
  ) {}

  /**
   * Milliseconds of work of the mutations in flight, by their prices. Queries are answered in the turn of the event loop in which they come. Of one caller no
   * more than a part counts, so that nobody is refused because of the many mutations of somebody else.
   */
  get pendingMs(): number {
    return this.#pendingMs;
  }

  /** Milliseconds of work of the mutations of one caller that are in flight. */
  pendingMsOf(caller: string): number {
    return this.#pending.get(caller) ?? 0;
  }

  /** Returns why the caller is refused whose budget is used up; null while something is left of it. */
  usedUp(caller: Caller): OverBudget | null {
    return budgetsOf(caller).map((payer) => this.budgets.usedUp(payer)).find((refused) => refused !== null) ?? null;
  }

  /** Waits until something is left of the caller's budget: the messages of subscriptions are delayed, not refused. */
  async turnOf(caller: Caller): Promise<void> {
    const wait = (): number => Math.max(...budgetsOf(caller).map((payer) => this.budgets.secondsUntilLeft(payer)));
    for (let seconds = wait(); seconds > 0; seconds = wait()) await pause(seconds * 1000, undefined, { ref: false });
  }

  /** How much of the caller's budget is left: 1 for all of it. */
  left(caller: Caller): number {
    return Math.min(...budgetsOf(caller).map((payer) => this.budgets.left(payer)));
  }

  /**
   * Takes the price of opening a WebSocket before it is known who signs in on it. It has a budget of its own for each network, so that unsigned requests,
   * and wrong tokens, do not keep WebSockets from being opened.
   * @returns why the WebSocket is refused when the budget has too little.
   */
  takeUpgrade(address: string | undefined, ms: number): OverBudget | null {
    return this.budgets.take(upgradesOf(address), ms);
  }

  /** Charges milliseconds that the event loop was seen to work for a WebSocket before it is known who signs in on it. */
  spendOnUpgrade(address: string | undefined, ms: number): void {
    this.budgets.charge(upgradesOf(address), ms * this.cpuShare());
  }

  /** Charges the price of a WebSocket to the person who signed in on it, in place of the network. */
  moveUpgrade(address: string | undefined, caller: Caller, ms: number): void {
    this.budgets.charge(upgradesOf(address), 0, ms);
    this.spend(caller, ms);
  }

  /** Charges milliseconds that the event loop was seen to work. @param meter does not count them again. */
  spendBusy(caller: Caller, ms: number, meter?: CpuMeter): void {
    const cpu = ms * this.cpuShare();
    meter?.note(cpu);
    this.spend(caller, cpu);
  }

  /** Begins to count the CPU time of a request. */
  meter(): CpuMeter {
    return this.#cpu.meter();
  }

  /** Charges the CPU time of a step, which is awaited, that belongs to no request. */
  async spendMeasured<T>(caller: Caller, step: () => Promise<T>): Promise<T> {
    const meter = this.meter();
    try {
      return await step();
    } finally {
      this.spend(caller, meter.end());
    }
  }

  /** Charges milliseconds of work that was done. */
  spend(caller: Caller, ms: number): void {
    this.budgets.charge(budgetsOf(caller), ms);
  }

  /**
   * Takes the price of a request before it is executed. A stranger's request for an app does not count for the app: its members are not to be kept out by
   * somebody who knows its id. Each app is charged for all of the work: what a member asks about other apps in the same document takes nothing off.
   * @param meter counts the CPU time of the request; absent where it is not counted.
   * @returns the charge, to be settled after the request; why the request is refused when a budget has too little.
   */
  open(caller: Caller, price: DocumentPrice, meter: CpuMeter | null = null): WorkCharge | OverBudget {
    const { identity } = caller;
    const appIds = identity === null ? [] : price.appIds.filter((appId) => this.isActiveMember(identity, appId));
    const member = identity === null ? {} : { member: identity.sub };
    const payers: readonly Payer[] = [...budgetsOf(caller), ...appIds.map((key): Payer => ({ kind: 'app', key, ...member }))];
    const refused = this.budgets.take(payers, price.ms);
    if (refused !== null) return refused;
    const key = callerKey(caller);
    const pendingMs = PRICES.request + price.mutations * PRICES.mutation;
    this.#addPending(key, pendingMs);
    return new WorkCharge(this.budgets, payers, price, this.cpuShare, meter, () => { this.#addPending(key, -pendingMs); });
  }

  #addPending(caller: string, ms: number): void {
    const before = this.pendingMsOf(caller);
    // Sums of fractions that were added and subtracted again are not quite 0.
    const after = before + ms < PRICES.request / 2 ? 0 : before + ms;
    this.#pendingMs += Math.min(after, this.mostPendingEachMs) - Math.min(before, this.mostPendingEachMs);
    if (after === 0) this.#pending.delete(caller);
    else this.#pending.set(caller, after);
    if (this.#pending.size === 0) this.#pendingMs = 0;
  }
}
