import type { Actor, Scope } from '../domain/events';
import type { LogPosition } from '../eventstore/eventStore';
import { v4 } from 'uuid';

/** The field that the inputs of all commands share. */
export interface Keyed {
  readonly idempotencyKey?: string | null | undefined;
}

/** A domain command as a request sends it: the command's fields without `type`, and the app's id. */
export type InApp<C> = Omit<C, 'type'> & { readonly appId: string };

/** The result of a command: the log position of its last event, or of the event that had the same effect before. */
export interface Outcome {
  readonly position: LogPosition;
}
export interface WebhookOutcome extends Outcome {
  readonly webhookId: string;
}
/** The result of a command on an app. */
export interface CommandOutcome extends Outcome {
  readonly appId: string;
}
export interface UserOutcome extends CommandOutcome {
  readonly userId: string;
}
export interface InvitationOutcome extends UserOutcome {
  readonly invitationId: string;
  /** How often the invitation has been sent, including this time. */
  readonly sendCount: number;
}
export interface ContactsOutcome extends CommandOutcome {
  /** Number of contacts whose assignee changed or was removed. */
  readonly changed: number;
}
/** Source of the current time. Tests and imports replace it. */
export interface Clock {
  /** Returns the current time in ISO 8601, UTC, with milliseconds. */
  now(): string;
}

let lastMs = NaN;
let lastText = '';

/** The clock of this machine. A request reads it many times within a millisecond, so the text of the last one is kept. */
export const systemClock: Clock = {
  now() {
    const ms = Date.now();
    if (ms !== lastMs) [lastMs, lastText] = [ms, new Date(ms).toISOString()];
    return lastText;
  },
};

/** The time of an append. */
export interface EventTime {
  /** The service's time of the decision. */
  readonly decidedAt: string;
  /** The same time, or that of the stream's last event where the clock has gone back, so that time never goes back within a stream. */
  readonly occurredAt: string;
}

/** Returns the time of events that are decided at `now` and follow an event of the time `lastOccurredAt`. */
export const eventTime = (now: string, lastOccurredAt: string): EventTime => ({ decidedAt: now, occurredAt: now < lastOccurredAt ? lastOccurredAt : now });

/** Adds milliseconds to an ISO 8601 time. */
export const addMilliseconds = (at: string, milliseconds: number): string => new Date(Date.parse(at) + milliseconds).toISOString();

/** The syntax of an RFC 3339 time. Groups: date, time, digits of the fraction, offset. */
const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Converts a time to UTC with milliseconds; finer digits are cut off. Returns undefined unless it is an RFC 3339 time of the years 0000 to 9999. */
export function utcOf(raw: string): string | undefined {
  const [, date, time, fraction = '', offset = ''] = RFC_3339.exec(raw) ?? [];
  if (date === undefined || time === undefined) return undefined;
  const local = `${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}`;
  // Date accepts 30 February as 2 March. Such a date does not round-trip.
  const asUtc = new Date(`${local}Z`);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== `${local}Z`) return undefined;
  const moment = new Date(`${local}${offset.toUpperCase()}`);
  if (Number.isNaN(moment.getTime())) return undefined;
  const utc = moment.toISOString();
  return utc.length === 24 ? utc : undefined;
}

/** The syntax of a log position that a client sends: `0` for the start, or a position of the embedded store or of EventStoreDB. A dry run's position has more digits. */
export const POSITION = /^(?:0|\d{16}|\d{20}-\d{20})$/;

/** The signed-in person, as the token describes them. */
export interface SignedInPerson {
  /** Keyed hash of the token's subject. */
  readonly personId: string;
  /** The Keap ID as the token spells it. */
  readonly keapId: string;
  readonly keapIdNormalized: string;
  readonly name: string | null;
  readonly scopes: readonly Scope[];
  /** When the token was issued, in ISO 8601, UTC; null when it does not say. */
  readonly issuedAt: string | null;
}

/** The sender of a request, and the facts about the request that are recorded on its events. */
export interface Caller {
  readonly actor: Actor;
  /** The Keap ID as the sign-in spells it. */
  readonly keapId: string;
  readonly name: string | null;
  /** When the token was issued, in ISO 8601, UTC; null when it does not say. */
  readonly issuedAt: string | null;
  readonly request: RequestTrace;
}

/** Facts about a request that the server records on events. Clients cannot set them in a request's body. */
export interface RequestTrace {
  /** UUID from the header `x-correlation-id`, or a new one. */
  readonly correlationId: string;
  readonly clientAddress?: string;
  readonly clientName?: string;
  readonly clientVersion?: string;
  /** Span that the request belongs to. Set where traces are recorded. */
  readonly traceparent?: string;
}

/** A caller for work of the system itself. The name is recorded as the actor of the events; no membership rule restricts it. */
export const systemCaller = (name: string, correlationId: string = v4()): Caller => ({
  actor: { personId: name, keapId: null, scopes: [], system: true },
  keapId: '',
  name: null,
  issuedAt: null,
  request: { correlationId },
});
