import { Field, ID, Int, ObjectType } from 'type-graphql';
import type * as events from '../domain/events';
import type { AccountRow } from '../projections/accountCentralRows';
import { LeaveBlockerCode, UserKind, UserRole } from './enums';
import { globalIdOf } from './globalId';
import type { ReadSource } from './readSource';
import { DateTimeISO } from './scalars';

@ObjectType('LeaveBlocker', { simpleResolvers: true, description: 'Something that keeps the viewer from leaving an app.' })
export class LeaveBlocker {
  @Field(() => LeaveBlockerCode, { description: 'What it is.' })
  readonly code: 'HAS_ASSIGNED_CONTACTS' | 'LAST_ADMIN' | 'NOT_A_PARTNER';

  @Field(() => String, { description: 'One sentence that says what can be done.' })
  readonly message: string;

  @Field(() => Int, { nullable: true, description: 'How many contacts are still assigned, where that is what it is.' })
  readonly count: number | null;
}

/** An app in somebody's Account Central, as `source` shows it. */
@ObjectType('Account', { simpleResolvers: true, description: 'An app that the viewer has access to, as it stands in their Account Central.' })
export class Account {
  @Field(() => ID, { description: 'Opaque id over all apps, for caches of clients.' })
  readonly id: string;

  @Field(() => ID, { description: 'The app\'s own id.' })
  readonly appId: string;

  @Field(() => String, { description: 'The viewer\'s own name for this app; the account name until they set one.' })
  readonly label: string;

  @Field(() => String, { description: 'How the app is shown everywhere: its id, a space, its name.' })
  readonly accountName: string;

  @Field(() => String, { description: 'The address at which the app opens.' })
  readonly url: string;

  @Field(() => UserRole, { description: 'What the viewer may do in it.' })
  readonly role: events.UserRole;

  @Field(() => UserKind, { description: 'Whether the viewer belongs to the client\'s own team or helps as a partner.' })
  readonly kind: events.UserKind;

  @Field(() => DateTimeISO, { description: 'When the viewer last joined.' })
  readonly joinedAt: string;

  readonly userId: string;

  constructor(
    row: AccountRow,
    readonly source: ReadSource,
  ) {
    this.id = globalIdOf('Account', row.appId, row.userId);
    this.appId = row.appId;
    this.label = row.label;
    this.accountName = row.accountName;
    this.url = row.url;
    this.role = row.role;
    this.kind = row.kind;
    this.joinedAt = row.joinedAt;
    this.userId = row.userId;
  }
}
