import type { Actor } from '../../src/domain/actor';
import { contactsDecider, type ContactsCommand } from '../../src/domain/contacts/contactsDecider';
import type { ContactsState } from '../../src/domain/contacts/contactsState';
import { DomainError, type ErrorCode, type RefusalFacts } from '../../src/domain/domainError';
import type { ContactsEvent, Recorded, RosterEvent } from '../../src/domain/events';
import { rosterDecider, type RosterCommand } from '../../src/domain/roster/rosterDecider';
import type { DecisionContext } from '../../src/domain/roster/rosterGuards';
import type { RosterState } from '../../src/domain/roster/rosterState';
import { after, MINUTE, NOW } from './moments';
import { APP_ID, olga } from './people';

/** An event of the past. What it does not say of its recording, it gets from its place in the story. */
export type Past<E> = E & { readonly occurredAt?: string; readonly commandId?: string; readonly keyed?: boolean };

/** On whose word and when a command is decided; by default the owner's, a day after the story begins. */
export interface Circumstances {
  readonly actor?: Actor;
  readonly now?: string;
}

interface Telling<C, E, S> {
  readonly emptyState: () => S;
  readonly decide: (command: C, state: S, context: DecisionContext) => E[];
  readonly evolve: (state: S, event: Recorded<E>) => S;
}

/** The same event, recorded at that moment. */
export const at = <E extends object>(occurredAt: string, event: E): E & { readonly occurredAt: string } => ({ ...event, occurredAt });

/** A roster with this past. */
export const given = (...past: readonly Past<RosterEvent>[]): Given<RosterCommand, RosterEvent, RosterState> =>
  new Given({ emptyState: emptyRosterOfApp, decide: rosterDecider.decide, evolve: rosterDecider.evolve }, past);

/** Contacts with this past; exact for the users named, with some contact ids of the first of them. */
export const givenContacts = (userIds: readonly string[], ...past: readonly Past<ContactsEvent>[]): Given<ContactsCommand, ContactsEvent, ContactsState> =>
  new Given({ emptyState: () => contactsDecider.initialState(userIds, userIds[0] ?? null), decide: contactsDecider.decide, evolve: contactsDecider.evolve }, past);

function emptyRosterOfApp(): RosterState {
  return { ...rosterDecider.initialState(), appId: APP_ID };
}

/** A story so far, in which something can be wished or asked. */
export class Given<C, E extends { readonly type: string }, S> {
  constructor(
    private readonly telling: Telling<C, E, S>,
    private readonly past: readonly Past<E>[],
  ) {}

  /** The fold of the story. */
  state(): S {
    return this.past.map(recorded).reduce(this.telling.evolve, this.telling.emptyState());
  }

  /** Goes on with these events. */
  and(...events: readonly Past<E>[]): Given<C, E, S> {
    return new Given(this.telling, [...this.past, ...events]);
  }

  /** Decides the command; what it leads to is checked by the `then` that follows. */
  when(command: C, circumstances: Circumstances = {}): Outcome<readonly E[], Given<C, E, S>> {
    const context = contextOf(circumstances);
    return this.#outcome((state) => this.telling.decide(command, state, context), (decided) => this.and(...decided.map((event) => at(context.now, event))));
  }

  /** Asks a rule that answers without deciding. */
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

/** What a command or a question led to. */
class Outcome<A, G> {
  constructor(
    private readonly result: { readonly answer: A } | { readonly refusal: DomainError },
    private readonly goOn: () => G,
  ) {}

  /** It led to exactly this. Answers the story with it, to go on with. */
  then(expected: A): G {
    if ('refusal' in this.result) throw new Error(`Expected ${JSON.stringify(expected)}, but was refused: ${this.result.refusal.code} (${this.result.refusal.message})`);
    expect(this.result.answer).toEqual(expected);
    return this.goOn();
  }

  /** It was answered with something of which this holds. */
  thenMatches(expected: object): G {
    if ('refusal' in this.result) throw new Error(`Expected an answer, but was refused: ${this.result.refusal.code} (${this.result.refusal.message})`);
    expect(this.result.answer).toMatchObject(expected);
    return this.goOn();
  }

  /** It was refused with this code and, where they are given, exactly these facts. Answers the story as it was. */
  thenRefuses(code: ErrorCode, facts?: RefusalFacts): G {
    if ('answer' in this.result) throw new Error(`Expected the refusal ${code}, but got ${JSON.stringify(this.result.answer)}`);
    const { refusal } = this.result;
    expect(refusal.code).toBe(code);
    if (facts) expect(refusal.facts).toEqual(facts);
    expect(refusal.message).toMatch(/\.$/);
    expect(refusal.message).not.toMatch(/undefined|null|NaN|\[object/);
    return this.goOn();
  }
}

const contextOf = ({ actor = olga, now = NOW }: Circumstances): DecisionContext => ({ actor, now });

function recorded<E extends object>(event: Past<E>, index: number): Recorded<E> {
  return {
    occurredAt: after(index * MINUTE),
    position: String(index).padStart(16, '0'),
    revision: index,
    commandId: `command-${index}`,
    keyed: false,
    ...event,
  };
}
