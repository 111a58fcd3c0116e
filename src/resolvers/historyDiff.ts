import { Field, ObjectType } from 'type-graphql';
import type * as events from '../domain/events';
import { UserRole } from './enums';
import type { ReadSource } from './readSource';
import { badUserInput } from './requestErrors';
import { LogPosition } from './scalars';
import { User } from './user';

@ObjectType('RoleChange', { simpleResolvers: true, description: 'Somebody who was active at both moments, with different roles.' })
export class RoleChange {
  @Field(() => User, { description: 'Who, as they were at the later moment.' })
  readonly user: User;

  @Field(() => UserRole, { description: 'Their role at the first moment.' })
  readonly from: events.UserRole;

  @Field(() => UserRole, { description: 'Their role at the second moment.' })
  readonly to: events.UserRole;
}

@ObjectType('MembershipDiff', { simpleResolvers: true, description: 'Who was active in an app at one of two moments and not at the other, or with another role.' })
export class MembershipDiff {
  @Field(() => [User], { description: 'Active at the second moment only.' })
  readonly joined: readonly User[];

  @Field(() => [User], { description: 'Active at the first moment only, as they were at the second.' })
  readonly left: readonly User[];

  @Field(() => [RoleChange], { description: 'Active at both, with another role.' })
  readonly roleChanged: readonly RoleChange[];

  @Field(() => LogPosition, { description: 'Up to where in the log the first moment was looked at.' })
  readonly from: string;

  @Field(() => LogPosition, { description: 'Up to where in the log the second moment was looked at.' })
  readonly to: string;
}

/** An app at one moment. */
export interface Snapshot {
  readonly source: ReadSource;
  readonly position: string;
}

/** So many differences are answered at once. */
const MAX_CHANGES = 10_000;

/** What is different between two moments of an app. @throws GraphQLError `BAD_USER_INPUT` for more than 10,000 differences. */
export async function diffOf(appId: string, from: Snapshot, to: Snapshot): Promise<MembershipDiff> {
  const before = from.source.models.people.activeRoles(appId);
  const after = to.source.models.people.activeRoles(appId);
  const joined = [...after.keys()].filter((userId) => !before.has(userId)).sort();
  const left = [...before.keys()].filter((userId) => !after.has(userId)).sort();
  const changed = [...before.keys()].sort().flatMap((userId) => {
    const [role, next] = [before.get(userId), after.get(userId)];
    return role === undefined || next === undefined || next === role ? [] : [{ userId, from: role, to: next }];
  });
  if (joined.length + left.length + changed.length > MAX_CHANGES) {
    throw badUserInput(`There are more than ${MAX_CHANGES.toLocaleString('en')} differences between these moments. Ask about moments closer to each other.`);
  }
  return {
    joined: await Promise.all(joined.map((userId) => userOf(appId, userId, to, from))),
    left: await Promise.all(left.map((userId) => userOf(appId, userId, to, from))),
    roleChanged: await Promise.all(changed.map(async (change) => ({ user: await userOf(appId, change.userId, to, from), from: change.from, to: change.to }))),
    from: from.position,
    to: to.position,
  };
}

/** The user as the first of the moments that knows them has them. */
async function userOf(appId: string, userId: string, ...snapshots: readonly Snapshot[]): Promise<User> {
  for (const { source } of snapshots) {
    const row = await source.users.load({ appId, userId });
    if (row) return new User(row, source);
  }
  throw new Error(`The user ${userId} of ${appId} is at neither moment.`);
}
