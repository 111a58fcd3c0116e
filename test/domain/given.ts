import type { Actor, ContactsEvent, Recorded, RosterEvent } from '../../src/domain/events';
import { contactsDecider, type ContactsCommand } from '../../src/domain/contacts/decide';
import type { ContactsState } from '../../src/domain/contacts/state';
import { DomainError, type ErrorCode, type RefusalFacts } from '../../src/domain/domainError';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/decide';
import type { DecisionContext } from '../../src/domain/roster/guards';
import type { RosterState } from '../../src/domain/roster/state';
import { after, MINUTE, NOW } from './moments';
import { APP_ID, olga } from './people';

/** An event of a history. Its place in the history supplies the fields of `Recorded` that are absent. */
export type Past<E> = E & { readonly occurredAt?: string; readonly decidedAt?: string; readonly commandId?: string; readonly actorId?: string; readonly keyed?: boolean };

/** The actor and time of a decision; by default the owner, a day after the history begins. */
export interface Circumstances {
  readonly actor?: Actor;
  readonly now?: string;
}

interface Telling<C, E, S> {
  readonly emptyState: () => S;
  readonly decide: (command: C, state: S, context: DecisionContext) => E[];
  readonly evolve: (state: S, event: Recorded<E>) => S;
}

/** Sets the time at which the event was recorded. */
export const at = <E extends object>(occurredAt: string, event: E): E & { readonly occurredAt: string } => ({ ...event, occurredAt });

/** A roster with this history. */
export const given = (...past: readonly Past<RosterEvent>[]): Given<RosterCommand, RosterEvent, RosterState> =>
  new Given({ emptyState: emptyRosterOfApp, decide: rosterDecider.decide, evolve: rosterDecider.evolve }, past);

/** Contacts with this history, exact for the users named, with some contact ids of the first one. */
export const givenContacts = (userIds: readonly string[], ...past: readonly Past<ContactsEvent>[]): Given<ContactsCommand, ContactsEvent, ContactsState> =>
  new Given({ emptyState: () => contactsDecider.initialState(userIds, userIds[0] ?? null), decide: contactsDecider.decide, evolve: contactsDecider.evolve }, past);

function emptyRosterOfApp(): RosterState {
  return { ...rosterDecider.initialState(), appId: APP_ID };
}

/** A history on which commands can be decided. */
export class Given<C, E extends { readonly type: string }, S> {
  constructor(
    private readonly telling: Telling<C, E, S>,
    private readonly past: readonly Past<E>[],
  ) {}

  /** The state after the history. */
  state(): S {
    return this.past.map(recorded).reduce(this.telling.evolve, this.telling.emptyState());
  }

  /** Adds events to the history. */
  and(...events: readonly Past<E>[]): Given<C, E, S> {
    return new Given(this.telling, [...this.past, ...events]);
  }

  /** Decides the command. The result is checked by the `then` that follows. */
  when(command: C, circumstances: Circumstances = {}): Outcome<readonly E[], Given<C, E, S>> {
    const context = contextOf(circumstances);
    return this.#outcome((state) => this.telling.decide(command, state, context), (decided) => this.and(...decided.map((event) => at(context.now, event))));
  }

  /** Calls a rule that returns no events. */
  whenAsked<A>(question: (state: S, context: DecisionContext) => A, circumstances: Circumstances = {}): Outcome<A, Given<C, E, S>> {
    return this.#outcome((state) => question(state, contextOf(circumstances)), () => this);
  }

  #outcome<A>(ask: (state: S) => A, goOn: (answer: A) => Given<C, E, S>): Outcome<A, Given<C, E, S>> {
    const state = this.state();
    try {
      const answer = ask(state);
      return new Outcome({ answer }, () => goOn(answer));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return new Outcome({ refusal: error }, () => this);
    } finally {
      expect(state).toEqual(this.state());
    }
  }
}

/** The result of a command or of a rule. */
class Outcome<A, G> {
  constructor(
    private readonly result: { readonly answer: A } | { readonly refusal: DomainError },
    private readonly goOn: () => G,
  ) {}

  /** Expects exactly these events. Returns the history with them added. */
  then(expected: A): G {
    if ('refusal' in this.result) throw new Error(`Expected ${JSON.stringify(expected)}, but was refused: ${this.result.refusal.code} (${this.result.refusal.message})`);
    expect(this.result.answer).toEqual(expected);
    return this.goOn();
  }

  /** Expects a return value that matches. */
  thenMatches(expected: object): G {
    if ('refusal' in this.result) throw new Error(`Expected an answer, but was refused: ${this.result.refusal.code} (${this.result.refusal.message})`);
    expect(this.result.answer).toMatchObject(expected);
    return this.goOn();
  }

  /** Expects a refusal with this code and, if given, exactly these facts and such a message. Returns the unchanged history. */
  thenRefuses(code: ErrorCode, facts?: RefusalFacts, message = /\.$/): G {
    if ('answer' in this.result) throw new Error(`Expected the refusal ${code}, but got ${JSON.stringify(this.result.answer)}`);
    const { refusal } = this.result;
    expect(refusal.code).toBe(code);
    if (facts) expect(refusal.facts).toEqual(facts);
    expect(refusal.message).toMatch(/\.$/);
    expect(refusal.message).toMatch(message);
    expect(refusal.message).not.toMatch(/undefined|null|NaN|\[object/);
    return this.goOn();
  }
}

const contextOf = ({ actor = olga, now = NOW }: Circumstances): DecisionContext => ({ actor, now });

function recorded<E extends object>(event: Past<E>, index: number): Recorded<E> {
  const occurredAt = event.occurredAt ?? after(index * MINUTE);
  return {
    occurredAt,
    decidedAt: occurredAt,
    position: String(index).padStart(16, '0'),
    revision: index,
    commandId: `command-${index}`,
    actorId: olga.personId,
    keyed: false,
    ...event,
  };
}
