import { DomainError } from '../domain/domainError';
import type { AssignedContactsQueries } from '../projections/assignedContactsQueries';
import type { ClosureRow } from '../projections/assignedContactsRows';
import { addMilliseconds, type Clock } from './clock';
import type { Departures } from './departures';

/** A departure in progress takes milliseconds; what is older than this was left behind by a crash. */
const GRACE_MS = 5_000;
const AT_ONCE = 100;

/**
 * Finishes departures whose process ended between the closing and the departure, on the word of who asked for them and
 * with the same event ids. Several replicas may do it at the same time.
 * @param graceMs how old a closing must be; 0 at start, when nothing of this process is under way.
 * @returns how many were finished; those that the roster forbids are reopened and count too.
 */
export async function finishDepartures(assignedContacts: AssignedContactsQueries, departures: Departures, clock: Clock, graceMs = GRACE_MS): Promise<number> {
  const before = addMilliseconds(clock.now(), -graceMs);
  const left = assignedContacts.openClosures(AT_ONCE).filter((closure) => closure.closedAt <= before);
  for (const closure of left) {
    try {
      await departures.finish(closure, runOf(closure));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
  return left.length;
}

function runOf(closure: ClosureRow): Parameters<Departures['finish']>[1] {
  return {
    caller: {
      actor: { personId: closure.actorId, keapId: null, scopes: [], system: true },
      keapId: '',
      name: null,
      request: { correlationId: closure.correlationId },
    },
    commandId: closure.leaveId,
    keyed: false,
    causationId: closure.eventId,
  };
}
