import type { DomainEvent } from '../../src/domain/events';
import { currentVersion } from '../../src/domain/eventVersions';
import { accountStream, contactsStream, personStream, rosterStream } from '../../src/domain/streams';
import type { JsonObject, StoredEvent } from '../../src/eventstore/eventStore';

export const APP_ID = 'gx624';

/** Time before the first event. Events are one second apart. */
const BEGIN = Date.parse('2026-03-01T08:00:00.000Z');

export const at = (second: number): string => new Date(BEGIN + second * 1000).toISOString();

/** A log in memory, which numbers events as a store would. */
export class EventLog {
  /** The person who causes the events that are added. */
  actorId = 'actor';

  readonly events: StoredEvent[] = [];
  readonly #revisions = new Map<string, number>();

  /** Adds an event to an app's roster. */
  roster<E extends DomainEvent>(type: E['type'], data: E['data'], occurredAt?: string, appId = APP_ID): StoredEvent {
    return this.add(rosterStream(appId), type, data, occurredAt);
  }

  contacts<E extends DomainEvent>(type: E['type'], data: E['data'], occurredAt?: string, appId = APP_ID): StoredEvent {
    return this.add(contactsStream(appId), type, data, occurredAt);
  }

  /** Binds a Keap ID to a person; `release` releases it. */
  bind(keapId: string, personId: string): StoredEvent {
    return this.add(personStream(`key of ${keapId}`), 'KeapIdBound', { personId, issuedAt: null, person: { keapId, name: null } });
  }

  release(keapId: string, personId: string): StoredEvent {
    return this.add(personStream(`key of ${keapId}`), 'KeapIdReleased', { personId });
  }

  label(userId: string, label: string, appId = APP_ID): StoredEvent {
    return this.add(accountStream(userId), 'AccountLabelSet', { appId, userId, label });
  }

  add(stream: string, type: string, data: object, occurredAt?: string, schemaVersion?: number): StoredEvent {
    const revision = (this.#revisions.get(stream) ?? -1) + 1;
    this.#revisions.set(stream, revision);
    const number = this.events.length + 1;
    const event: StoredEvent = {
      id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
      type,
      schemaVersion: schemaVersion ?? currentVersion(type as DomainEvent['type']),
      occurredAt: occurredAt ?? at(number),
      data: data as JsonObject,
      metadata: { actorId: this.actorId, correlationId: 'correlation', causationId: 'cause', commandId: `command ${number}` },
      stream,
      revision,
      position: String(number).padStart(8, '0'),
      dataJson: JSON.stringify(data),
      hash: '',
    };
    this.events.push(event);
    return event;
  }

  /** Registers an app with the owner `owner-<appId>`, whose Keap ID is owner@acme.com. */
  register(appId = APP_ID, { name = 'Keap Pro', licences = 10 } = {}): void {
    this.roster('AppRegistered', { name, url: `https://${appId}.example`, licences }, undefined, appId);
    this.roster('OwnerAdded', { userId: `owner-${appId}`, epoch: 1, person: { keapId: 'Owner@acme.com', name: 'Olga Owner' } }, undefined, appId);
  }

  /** Invites `<userId>@acme.com` with the invitation `invitation-<userId>`. */
  invite(userId: string, more: Partial<Invited> = {}): StoredEvent {
    const { appId = APP_ID, kind = 'PARTNER', occurredAt, name = null, keapId = `${userId}@acme.com`, invitationId = `invitation-${userId}`, ...data } = more;
    const invited = {
      userId, invitationId, role: 'STANDARD' as const, expiresAt: at(1_000_000), tokenHash: `hash 1 of ${invitationId}`, sendCount: 1, invitedBy: `owner-${appId}`, reason: null,
      person: { keapId, name }, ...data,
    };
    return this.roster(kind === 'PARTNER' ? 'PartnerInvited' : 'UserInvited', invited, occurredAt, appId);
  }

  /** Accepts `invitation-<userId>` as the person `person-<userId>`. */
  accept(userId: string, more: Partial<Accepted> = {}): StoredEvent {
    const { appId = APP_ID, occurredAt, keapId = `${userId}@acme.com`, name = null, ...data } = more;
    const accepted = { userId, invitationId: `invitation-${userId}`, personId: `person-${userId}`, epoch: 1, kind: 'PARTNER' as const, role: 'STANDARD' as const, person: { keapId, name }, ...data };
    return this.roster('InvitationAccepted', accepted, occurredAt, appId);
  }

  join(userId: string, more: Partial<Accepted> = {}): void {
    const { appId, kind, role, keapId, name, invitationId } = more;
    const known = { ...(appId === undefined ? {} : { appId }), ...(kind === undefined ? {} : { kind }), ...(role === undefined ? {} : { role }), ...(keapId === undefined ? {} : { keapId }), ...(name === undefined ? {} : { name }), ...(invitationId === undefined ? {} : { invitationId }) };
    this.invite(userId, known);
    this.accept(userId, more);
  }
}

interface Invited {
  readonly reason: string | null;
  readonly appId: string;
  readonly kind: 'USER' | 'PARTNER';
  readonly role: 'ADMIN' | 'STANDARD';
  readonly occurredAt: string;
  readonly name: string | null;
  readonly keapId: string;
  readonly invitationId: string;
  readonly expiresAt: string;
  readonly tokenHash: string | null;
  readonly sendCount: number;
  readonly invitedBy: string | null;
}

interface Accepted {
  readonly appId: string;
  readonly kind: 'USER' | 'PARTNER';
  readonly role: 'ADMIN' | 'STANDARD';
  readonly occurredAt: string;
  readonly name: string | null;
  readonly keapId: string;
  readonly invitationId: string;
  readonly personId: string | null;
  readonly epoch: number;
}
