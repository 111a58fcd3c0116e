import type { DomainEvent } from '../domain/events';
import type { AppendResult, EventStore } from '../eventstore/eventStore';
import type { CommandRun } from './commandRun';
import { toAppend } from './recordedEvent';

/** What a run writes to one stream at once. */
export interface RunAppend {
  readonly stream: string;
  readonly events: readonly DomainEvent[];
  readonly occurredAt: string;
  readonly expectedRevision: number;
}

/**
 * Appends what a command has decided, after whatever has to stand in the log before it.
 * @throws WrongExpectedRevision when somebody was first, and what `beforeWriting` of the run throws.
 */
export async function appendInRun(store: EventStore, run: CommandRun, { stream, events, occurredAt, expectedRevision }: RunAppend): Promise<AppendResult> {
  await run.beforeWriting?.();
  return store.append(stream, toAppend(events, run, occurredAt), expectedRevision);
}
