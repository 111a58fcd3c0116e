import { setTimeout as pause } from 'node:timers/promises';
import type { Identity } from '../auth/signIn';
import { type DocumentPrice, PRICES } from '../graphql/price';
import { networkOf } from '../limits';
import type { OverBudget, Payer, WorkBudgets } from './budgets';

/** The work of one request. */
export class WorkCharge {
  #measuredMs = 0;
  #isSettled = false;

  constructor(
    private readonly budgets: WorkBudgets,
    private readonly payers: readonly Payer[],
    private readonly price: DocumentPrice,
    private readonly cpuShare: () => number,
    private readonly onSettled: () => void,
  ) {}

  /** The number of mutations of the request. */
  get mutations(): number {
    return this.price.mutations;
  }

  /** Adds milliseconds of work. */
  add(ms: number): void {
    if (this.#isSettled) this.budgets.charge(this.payers, ms);
    else this.#measuredMs += ms;
  }

  /** Adds milliseconds that the event loop was seen to work, of which the process had a CPU for a part only. */
  addBusy(ms: number): void {
    this.add(ms * this.cpuShare());
  }

  /** Replaces the price by what the request cost. Work that is measured later is charged when it is. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.onSettled();
    const { ms, fixedMs } = this.price;
    this.budgets.charge(this.payers, fixedMs + this.#measuredMs, ms);
  }
}

/** Most apps of one request that are charged. */
const MAX_APPS = 10;

/** Who sent a request. */
export interface Caller {
  /** Null for a request that is not signed in. */
  readonly identity: Identity | null;
  readonly address: string | undefined;
}

/** The budget of the person who signed in, otherwise that of the network that the request comes from. */
const budgetOf = ({ identity, address }: Caller): Payer =>
  identity === null ? { kind: 'address', key: networkOf(address), share: 1 } : { kind: 'person', key: identity.sub, share: 1 };

const upgradesOf = (address: string | undefined): Payer => ({ kind: 'address', key: `upgrades ${networkOf(address)}`, share: 1 });

/** Returns a text that is the same for all requests of a person, and for all unsigned requests from a network. */
export const callerKey = (caller: Caller): string => {
  const { kind, key } = budgetOf(caller);
  return `${kind} ${key}`;
};

/** Charges the work of requests to whoever sent them, and to the apps of which they are members. */
export class RequestWork {
  #pendingMs = 0;

  constructor(
    private readonly budgets: WorkBudgets,
    private readonly isActiveMember: (person: Identity, appId: string) => boolean,
    private readonly cpuShare: () => number = () => 1,
  ) {}

  /** Milliseconds of work of the mutations in flight, by their prices. Queries are answered in the turn of the event loop in which they come. */
  get pendingMs(): number {
    return this.#pendingMs;
  }

  /** Returns why the caller is refused whose budget is used up; null while something is left of it. */
  usedUp(caller: Caller): OverBudget | null {
    return this.budgets.usedUp(budgetOf(caller));
  }

  /** Waits until something is left of the caller's budget: the messages of subscriptions are delayed, not refused. */
  async turnOf(caller: Caller): Promise<void> {
    const wait = (): number => this.budgets.secondsUntilLeft(budgetOf(caller));
    for (let seconds = wait(); seconds > 0; seconds = wait()) await pause(seconds * 1000, undefined, { ref: false });
  }

  /** How much of the caller's budget is left: 1 for all of it. */
  left(caller: Caller): number {
    return this.budgets.left(budgetOf(caller));
  }

  /**
   * Takes the price of opening a WebSocket before it is known who signs in on it. It has a budget of its own for each network, so that unsigned requests,
   * and wrong tokens, do not keep WebSockets from being opened.
   * @returns why the WebSocket is refused when the budget has too little.
   */
  takeUpgrade(address: string | undefined, ms: number): OverBudget | null {
    return this.budgets.take([upgradesOf(address)], ms);
  }

  /** Charges milliseconds that the event loop was seen to work for a WebSocket before it is known who signs in on it. */
  spendOnUpgrade(address: string | undefined, ms: number): void {
    this.budgets.charge([upgradesOf(address)], ms * this.cpuShare());
  }

  /** Charges the price of a WebSocket to the person who signed in on it, in place of the network. */
  moveUpgrade(address: string | undefined, caller: Caller, ms: number): void {
    this.budgets.charge([upgradesOf(address)], 0, ms);
    this.spend(caller, ms);
  }

  /** Charges milliseconds that the event loop was seen to work. */
  spendBusy(caller: Caller, ms: number): void {
    this.spend(caller, ms * this.cpuShare());
  }

  /** Charges milliseconds of work that was done. */
  spend(caller: Caller, ms: number): void {
    this.budgets.charge([budgetOf(caller)], ms);
  }

  /**
   * Takes the price of a request before it is executed. A stranger's request for an app does not count for the app: its members are not to be kept out by
   * somebody who knows its id.
   * @returns the charge, to be settled after the request; why the request is refused when a budget has too little.
   */
  open(caller: Caller, price: DocumentPrice): WorkCharge | OverBudget {
    const { identity } = caller;
    const appIds = identity === null ? [] : price.appIds.filter((appId) => this.isActiveMember(identity, appId)).slice(0, MAX_APPS);
    const member = identity === null ? {} : { member: identity.sub };
    const payers: readonly Payer[] = [budgetOf(caller), ...appIds.map((key): Payer => ({ kind: 'app', key, share: 1 / appIds.length, ...member }))];
    const refused = this.budgets.take(payers, price.ms);
    if (refused !== null) return refused;
    const pendingMs = PRICES.request + price.mutations * PRICES.mutation;
    this.#pendingMs += pendingMs;
    return new WorkCharge(this.budgets, payers, price, this.cpuShare, () => { this.#pendingMs -= pendingMs; });
  }
}
