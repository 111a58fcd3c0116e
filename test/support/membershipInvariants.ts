import type { StoredEvent } from '../../src/eventstore/eventStore';

interface Closing {
  readonly leaveId: string;
  readonly epoch: number;
}

/**
 * Checks the raw log, in the order of its positions, for what must hold whatever happened:
 * no assignment to a user after their epoch was closed, unless reopened; closed only where nothing is assigned; every
 * departure has its closing; every closing ends in a departure or a reopening.
 * @returns one sentence for each breach.
 */
export async function breachesOf(log: AsyncIterable<StoredEvent>): Promise<string[]> {
  const breaches: string[] = [];
  const assignee = new Map<string, string>();
  const closings = new Map<string, Closing>();
  const unfinished = new Map<string, string>();
  const everClosed = new Set<string>();
  for await (const { type, stream, position, data } of log) {
    const app = stream.replace(/^(app|contacts)-/, '');
    const fields = data as { userId: string; fromUserId?: string; epoch: number; leaveId: string; contactIds?: string[] };
    const user = `${app} ${fields.userId}`;
    switch (type) {
      case 'ContactsAssigned':
      case 'ContactsReassigned': {
        const closing = closings.get(user);
        if (closing && fields.epoch <= closing.epoch) breaches.push(`${position}: assigned to ${user} after epoch ${closing.epoch} was closed`);
        for (const id of fields.contactIds ?? []) {
          const had = assignee.get(`${app} ${id}`);
          const expected = type === 'ContactsAssigned' ? undefined : `${app} ${fields.fromUserId ?? ''}`;
          if (had !== expected) breaches.push(`${position}: ${id} of ${app} was with ${had ?? 'nobody'}, not with ${expected ?? 'nobody'}`);
          assignee.set(`${app} ${id}`, user);
        }
        break;
      }
      case 'ContactsUnassigned':
        for (const id of fields.contactIds ?? []) {
          if (assignee.get(`${app} ${id}`) !== user) breaches.push(`${position}: ${id} of ${app} was taken from ${user}, who did not have it`);
          assignee.delete(`${app} ${id}`);
        }
        break;
      case 'AssigneeClosed':
        if ([...assignee.values()].includes(user)) breaches.push(`${position}: ${user} was closed with contacts assigned`);
        closings.set(user, fields);
        everClosed.add(fields.leaveId);
        unfinished.set(fields.leaveId, `${position}: the closing of ${user} has neither departure nor reopening`);
        break;
      case 'AssigneeReopened':
        closings.delete(user);
        unfinished.delete(fields.leaveId);
        break;
      case 'PartnerLeftApp':
      case 'UserRemoved':
        if (!everClosed.has(fields.leaveId)) breaches.push(`${position}: ${user} departed without a closing`);
        unfinished.delete(fields.leaveId);
        break;
    }
  }
  return [...breaches, ...unfinished.values()];
}
