import { Steps } from '../../concurrency';
import type * as events from '../../domain/events';
import { Field, ObjectType } from 'type-graphql';
import type { PeriodRow } from '../../projections/periodsOfAccess/rows';
import type { ReadSource } from '../context';
import { PeriodOfAccess } from '../period/types';
import { badUserInput } from '../shared/errors';
import { LogPosition, UserRole } from '../shared/scalars';
import { User } from '../user/types';

@ObjectType('RoleChange', { simpleResolvers: true, description: 'A user who was active at both moments with different roles.' })
export class RoleChange {
  @Field(() => User, { description: 'The user as they were at the later moment.' })
  readonly user: User;

  @Field(() => UserRole, { description: 'Role of the user at the earlier moment.' })
  readonly from: events.UserRole;

  @Field(() => UserRole, { description: 'Role of the user at the later moment.' })
  readonly to: events.UserRole;
}

@ObjectType('MembershipDiff', { simpleResolvers: true, description: 'Differences between the active users and partners of an app at two moments, and the access that began and ended between them.' })
export class MembershipDiff {
  @Field(() => [User], { description: 'Users who were active at the later moment only.' })
  readonly joined: readonly User[];

  @Field(() => [User], { description: 'Users who were active at the earlier moment only, as they were at the later one.' })
  readonly left: readonly User[];

  @Field(() => [RoleChange], { description: 'Users who were active at both moments with different roles.' })
  readonly roleChanged: readonly RoleChange[];

  @Field(() => [PeriodOfAccess], { description: 'Access, also a role, that began after the earlier moment and had ended by the later one, earliest begun first. No access that was given and taken again is missing.' })
  readonly between: readonly PeriodOfAccess[];

  @Field(() => LogPosition, { description: 'Log position of the earlier moment.' })
  readonly from: string;

  @Field(() => LogPosition, { description: 'Log position of the later moment.' })
  readonly to: string;
}

/** The read models of an app at one moment. */
export interface Snapshot {
  readonly source: ReadSource;
  readonly position: string;
}

/** Most differences in one answer. More are refused with `BAD_USER_INPUT`. */
export const MAX_CHANGES = 10_000;

/**
 * Compares the active users of an app at two moments.
 * @param between the periods of access that began and ended between them.
 * @param live the present, which has the users of periods also where they had other ids then.
 * @throws GraphQLError `BAD_USER_INPUT` for more than 10,000 differences.
 */
export async function diffOf(appId: string, from: Snapshot, to: Snapshot, between: readonly PeriodRow[], live: ReadSource): Promise<MembershipDiff> {
  const [before, after] = [await from.source.models.people.activeRoles(appId), await to.source.models.people.activeRoles(appId)];
  const joined: string[] = [];
  const left: string[] = [];
  const changed: { readonly userId: string; readonly from: events.UserRole; readonly to: events.UserRole }[] = [];
  const steps = new Steps();
  for (const userId of after.keys()) {
    if (!before.has(userId)) joined.push(userId);
    if (steps.isOver) await steps.next();
  }
  for (const [userId, role] of before) {
    const next = after.get(userId);
    if (next === undefined) left.push(userId);
    else if (next !== role) changed.push({ userId, from: role, to: next });
    if (steps.isOver) await steps.next();
  }
  if (joined.length + left.length + changed.length + between.length > MAX_CHANGES) {
    throw badUserInput(`There are more than ${MAX_CHANGES.toLocaleString('en')} differences between these moments. Choose moments that are closer to each other.`);
  }
  for (const list of [joined, left]) list.sort();
  changed.sort((a, b) => (a.userId < b.userId ? -1 : 1));
  return {
    joined: await Promise.all(joined.map((userId) => userOf(appId, userId, to, from))),
    left: await Promise.all(left.map((userId) => userOf(appId, userId, to, from))),
    roleChanged: await Promise.all(changed.map(async (change) => ({ user: await userOf(appId, change.userId, to, from), from: change.from, to: change.to }))),
    between: between.map((row) => new PeriodOfAccess(row, [to.source, from.source, live])),
    from: from.position,
    to: to.position,
  };
}

/** Returns the user from the first snapshot that contains them. */
async function userOf(appId: string, userId: string, ...snapshots: readonly Snapshot[]): Promise<User> {
  for (const { source } of snapshots) {
    const row = await source.users.load({ appId, userId });
    if (row) return new User(row, source);
  }
  throw new Error(`The user ${userId} of ${appId} does not exist at either moment.`);
}
