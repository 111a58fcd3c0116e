import { v4 } from 'uuid';
import type { Actor } from '../domain/actor';

/** Who sent a request, and what of it is kept on the events that it leads to. */
export interface Caller {
  readonly actor: Actor;
  /** The Keap ID as the sign-in gave it, for display and as the address to compare. */
  readonly keapId: string;
  readonly name: string | null;
  readonly request: RequestTrace;
}

/** Facts of the request, written by the server alone. */
export interface RequestTrace {
  /** UUID: the header `x-correlation-id`, or a new one. */
  readonly correlationId: string;
  readonly clientAddress?: string;
  readonly clientName?: string;
  readonly clientVersion?: string;
}

/** The system's own hand, acting under that name. It is nobody's role and stands on its events as their actor. */
export const systemCaller = (name: string, correlationId: string = v4()): Caller => ({
  actor: { personId: name, keapId: null, scopes: [], system: true },
  keapId: '',
  name: null,
  request: { correlationId },
});
