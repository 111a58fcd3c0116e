import { createHash } from 'node:crypto';
import { systemCaller } from '../src/application/commandTypes';
import { newRun, toAppend } from '../src/application/handling/append';
import type { InvitedData, RosterEvent, UserKind } from '../src/domain/events';
import { rosterStream } from '../src/domain/streams';
import { type EventStore, NO_STREAM } from '../src/eventstore/eventStore';

/** Events in one append, well below its limit in bytes. */
const EVENTS_PER_APPEND = 500;

const uuidOf = (text: string): string => createHash('sha256').update(text).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

/** An app with many members, whose events are written at once. */
export interface BigApp {
  readonly appId: string;
  readonly owner: { readonly userId: string; readonly keapId: string };
  readonly members: readonly BigMember[];
}

interface BigMember {
  readonly userId: string;
  readonly keapId: string;
  readonly personId: string;
}

interface BigAppOptions {
  readonly appId: string;
  readonly members: number;
  readonly kind?: UserKind;
  /** When the first of them joined. The others follow by the second. Default: a year before `now`. */
  readonly begin?: number;
}

/** Registers an app whose members were invited and have accepted, in the past, and binds nobody but the members. */
export async function appendBigApp(store: EventStore, { appId, members: count, kind = 'PARTNER', begin = Date.now() - 365 * 86_400_000 }: BigAppOptions): Promise<BigApp> {
  const stream = rosterStream(appId);
  const owner = { userId: uuidOf(`${appId} owner`), keapId: `owner@${appId}.example` };
  const members = Array.from({ length: count }, (_, index): BigMember => ({ userId: uuidOf(`${appId} user ${index}`), keapId: `m${index}@${appId}.example`, personId: uuidOf(`${appId} person ${index}`) }));
  let revision = NO_STREAM;
  const append = async (events: readonly RosterEvent[], at: number): Promise<void> => {
    const occurredAt = new Date(at).toISOString();
    ({ revision } = await store.append(stream, toAppend(events, newRun(systemCaller('test')), { occurredAt, decidedAt: occurredAt }), revision));
  };
  await append([
    { type: 'AppRegistered', data: { name: 'Keap Pro', url: 'https://keap.example', licences: 1_000_000 } },
    { type: 'OwnerAdded', data: { userId: owner.userId, epoch: 1, person: { keapId: owner.keapId, name: 'Olivia Owner' } } },
  ], begin);
  for (let from = 0; from < count; from += EVENTS_PER_APPEND / 2) {
    const at = begin + from * 1_000;
    const events = members.slice(from, from + EVENTS_PER_APPEND / 2).flatMap(({ userId, keapId, personId }, index): RosterEvent[] => {
      const invitationId = uuidOf(`${userId} invitation`);
      const person = { keapId, name: `Member ${from + index}` };
      const invited: InvitedData = { userId, invitationId, role: 'STANDARD', expiresAt: new Date(at + 7 * 86_400_000).toISOString(), tokenHash: null, sendCount: 0, invitedBy: owner.userId, reason: null, person };
      return [
        { type: kind === 'USER' ? 'UserInvited' : 'PartnerInvited', data: invited },
        { type: 'InvitationAccepted', data: { userId, invitationId, personId, epoch: 1, kind, role: 'STANDARD', person } },
      ];
    });
    await append(events, at);
  }
  return { appId, owner, members };
}
