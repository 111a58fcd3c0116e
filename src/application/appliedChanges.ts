import type { DomainEvent } from '../domain/events';
import { liftedEvent } from '../domain/eventVersions';
import { normalizeKeapId } from '../domain/keapId';
import { appIdOfStream, MAIL_PREFIX } from '../domain/streamNames';
import type { LogPosition, StoredEvent } from '../eventstore/eventStore';
import type { AppliedBatch, Projector } from '../projections/projector';
import type { UserListQueries } from '../projections/userListQueries';
import type { PersonKey, UserKey } from '../projections/userListRows';
import { Listeners } from './listeners';

/** Something about a user that the user list shows differently now. */
export interface UserChanged {
  readonly userId: string;
  readonly position: LogPosition;
}

/** What happened in one app: who changed by it, in log order, each user once an event. May be nobody. */
export type AppChanges = readonly UserChanged[];

const EVERY_APP = '*';

/**
 * Tells what the read models have just taken in, so that whoever is told can read it at once. One listener on the projector, however many
 * are told; an event's users are looked up once. Nothing is kept of what was told.
 */
export class AppliedChanges {
  readonly #apps = new Listeners<AppChanges>();
  readonly #people = new Listeners<LogPosition>();

  /** @param userList tells whose a changed user is. */
  constructor(
    private readonly projector: Pick<Projector, 'onApplied' | 'position'>,
    private readonly userList: Pick<UserListQueries, 'usersByIds'>,
  ) {
    this.projector.onApplied((batch) => { this.#tell(batch); });
  }

  /** What the read models have seen. */
  position(): LogPosition {
    return this.projector.position();
  }

  /** Tells the listener whenever something happened in the app; in any app when null. @returns a function that ends it. */
  onApp(appId: string | null, listener: (told: AppChanges) => void): () => void {
    return this.#apps.add(appId ?? EVERY_APP, listener);
  }

  /** Tells the listener, with the latest position, whenever something happened to a user who is or may be that person. @returns a function that ends it. */
  onPerson({ personId, keapIdNormalized }: PersonKey, listener: (position: LogPosition) => void): () => void {
    const ends = [this.#people.add(personKeyOf(personId), listener), this.#people.add(addressKeyOf(keapIdNormalized), listener)];
    return () => { for (const end of ends) end(); };
  }

  #tell({ events, position }: AppliedBatch): void {
    if (this.#apps.isEmpty && this.#people.isEmpty) return;
    const byApp = new Map<string, UserChanged[]>();
    const users = new Map<string, UserKey>();
    const people = new Set<string>();
    for (const stored of events) {
      const said = liftedEvent(stored);
      if (said?.type === 'AccountLabelSet') {
        // Only Account Central shows it.
        const { appId, userId } = said.data;
        users.set(`${appId}/${userId}`, { appId, userId });
        continue;
      }
      const appId = appIdOf(stored);
      if (appId === undefined) {
        for (const key of said ? personKeysIn(said) : []) people.add(key);
        continue;
      }
      const changes = byApp.get(appId) ?? [];
      byApp.set(appId, changes);
      for (const userId of said ? usersIn(said) : []) {
        changes.push({ userId, position: stored.position });
        users.set(`${appId}/${userId}`, { appId, userId });
      }
    }
    if (!this.#people.isEmpty) {
      for (const { personId, keapIdNormalized } of this.userList.usersByIds([...users.values()])) {
        if (personId !== null) people.add(personKeyOf(personId));
        people.add(addressKeyOf(keapIdNormalized));
      }
      this.#people.tell([...people], () => position);
    }
    this.#apps.tell([...byApp.keys()], (appId) => byApp.get(appId) ?? []);
    if (byApp.size > 0) this.#apps.tell([EVERY_APP], () => []);
  }
}

const personKeyOf = (personId: string): string => `person ${personId}`;
const addressKeyOf = (keapIdNormalized: string): string => `address ${keapIdNormalized}`;

const appIdOf = ({ stream }: StoredEvent): string | undefined => (stream.startsWith(MAIL_PREFIX) ? stream.slice(MAIL_PREFIX.length) : appIdOfStream(stream));

/** Whom something is shown differently of. */
function usersIn(event: DomainEvent): readonly string[] {
  switch (event.type) {
    case 'OwnerAdded':
    case 'PartnerInvited':
    case 'UserInvited':
    case 'InvitationResent':
    case 'InvitationRevoked':
    case 'InvitationDeclined':
    case 'InvitationExpired':
    case 'InvitationAccepted':
    case 'UserRoleChanged':
    case 'PersonBound':
    case 'PartnerLeftApp':
    case 'UserRemoved':
    case 'ContactsAssigned':
    case 'ContactsUnassigned':
    case 'InvitationEmailSent':
      return [event.data.userId];
    case 'ContactsReassigned':
      return [event.data.fromUserId, event.data.userId];
    case 'InvitationEmailFailed':
      return event.data.retryAt === null ? [event.data.userId] : [];
    default:
      return [];
  }
}

/** Whose address became theirs, or nobody's. */
function personKeysIn(event: DomainEvent): readonly string[] {
  switch (event.type) {
    case 'KeapIdBound':
      return [personKeyOf(event.data.personId), addressKeyOf(normalizeKeapId(event.data.person.keapId))];
    case 'KeapIdReleased':
      return [personKeyOf(event.data.personId)];
    default:
      return [];
  }
}
