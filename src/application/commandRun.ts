import { v4, v5 } from 'uuid';
import type { Caller } from './caller';

/** One try at a wish: who has it, under which id, and when. */
export interface CommandRun {
  readonly caller: Caller;
  /** UUID from which all new ids of this command derive, so that a repetition makes the same ones. */
  readonly commandId: string;
  /** whether the command came with an idempotency key. */
  readonly keyed: boolean;
  /** what led to it: the event that a process answers to, or the command itself. */
  readonly causationId: string;
  /** the moment that counts as now, where it is not the clock's (an import). */
  readonly at?: string;
  /** set where others may execute the same command (an idempotency key): since when what it wrote has to be looked for. */
  readonly begunAt?: string;
  /** to be done before the first event of the command is written; it does nothing when called again. */
  readonly beforeWriting?: () => Promise<void>;
}

/** A run under a new id. */
export function newRun(caller: Caller): CommandRun {
  const commandId = v4();
  return { caller, commandId, keyed: false, causationId: commandId };
}

/** An event by which somebody began what another process or request finishes. */
export interface BegunBy {
  readonly actorId: string;
  readonly correlationId: string;
  readonly eventId: string;
}

/** A run that finishes, on their word, what somebody began with that command. */
export const runInNameOf = ({ actorId, correlationId, eventId }: BegunBy, commandId: string): CommandRun => ({
  caller: { actor: { personId: actorId, keapId: null, scopes: [], system: true }, keapId: '', name: null, request: { correlationId } },
  commandId,
  keyed: false,
  causationId: eventId,
});

/** A later step of the same command: its own id, derived, so that whoever finishes the command makes the same one. */
export const stepOf = (run: CommandRun, name: string): CommandRun => ({ ...run, commandId: derivedId(run.commandId, name), causationId: run.commandId });

/** A UUID (version 5) made of another one and a name. */
export const derivedId = (id: string, name: string): string => v5(name, id);
