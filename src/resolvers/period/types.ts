import type * as events from '../../domain/events';
import { Field, Int, ObjectType } from 'type-graphql';
import type { PeriodRow } from '../../projections/periodsOfAccess/rows';
import type { ReadSource } from '../context';
import { connectionOf } from '../shared/connection';
import { DateTimeISO, UserKind, UserRole } from '../shared/scalars';
import { User } from '../user/types';

/** The GraphQL type of a period of access. */
@ObjectType('PeriodOfAccess', { simpleResolvers: true, description: 'A period in which a person had access to an app with one role: a stay, or the part of it until the role changed.' })
export class PeriodOfAccess {
  @Field(() => UserKind, { description: 'Whether the person belonged to the client\'s own team or was a partner.' })
  readonly kind: events.UserKind;

  @Field(() => UserRole, { description: 'Role that the person had.' })
  readonly role: events.UserRole;

  @Field(() => DateTimeISO, { description: 'When the period began.' })
  readonly from: string;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the period ended. Null while it lasts.' })
  readonly to: string | null;

  @Field(() => String, { nullable: true, description: 'Why the period began, in the words of who invited or appointed the person or changed their role. Null where no reason was given.' })
  readonly reason: string | null;

  /** Copies a row. @param sources where the person is read, in this order; the events are read as of the first one. */
  constructor(
    readonly row: PeriodRow,
    readonly sources: readonly [ReadSource, ...ReadSource[]],
  ) {
    this.kind = row.kind;
    this.role = row.role;
    this.from = row.from;
    this.to = row.to;
    this.reason = row.reason;
  }

  /** Returns the person from the first source that has them. */
  async person(): Promise<User> {
    for (const source of this.sources) {
      const row = await source.users.load(this.row);
      if (row) return new User(row, source);
    }
    throw new Error(`The user ${this.row.userId} of ${this.row.appId} has periods of access and does not exist.`);
  }
}

/** The source of a list of periods, and how many there are. */
interface PeriodList {
  readonly source: ReadSource;
  readonly count: () => Promise<number>;
}

@ObjectType('PeriodOfAccessConnection', { simpleResolvers: true, description: 'A page of periods of access, earliest begun first.' })
export class PeriodOfAccessConnection extends connectionOf<PeriodRow, PeriodOfAccess, PeriodList>(PeriodOfAccess, 'period', (row, { source }) => new PeriodOfAccess(row, [source])) {
  @Field(() => Int, { description: 'Number of periods on all pages.' })
  totalCount(): Promise<number> {
    return this.parent.count();
  }
}
