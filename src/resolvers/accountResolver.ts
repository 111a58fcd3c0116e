import { FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Account, LeaveBlocker } from './account';
import { made } from './made';
import { User } from './user';

/** What hangs on an app in Account Central, read from where the account was read. */
@Resolver(() => Account)
export class AccountResolver {
  @FieldResolver(() => User, { description: 'The viewer as a user of this app.' })
  async user(@Root() account: Account): Promise<User> {
    const row = await account.source.users.load(account);
    if (!row) throw new Error(`The user ${account.userId} of ${account.appId} is missing.`);
    return new User(row, account.source);
  }

  @FieldResolver(() => Int, { description: 'How many contacts the viewer looks after in this app.' })
  assignedContactCount(@Root() account: Account): Promise<number> {
    return account.source.contactCounts.load(account);
  }

  @FieldResolver(() => Boolean, { description: 'Whether the viewer can leave the app by themselves now.' })
  async canLeave(@Root() account: Account): Promise<boolean> {
    return account.kind === 'PARTNER' && (await account.source.contactCounts.load(account)) === 0;
  }

  @FieldResolver(() => [LeaveBlocker], { description: 'What keeps the viewer from leaving; empty where nothing does.' })
  async leaveBlockers(@Root() account: Account): Promise<LeaveBlocker[]> {
    if (account.kind === 'PARTNER') return contactsLeft(await account.source.contactCounts.load(account));
    const blockers = [notAPartner()];
    if (account.role === 'ADMIN' && (await account.source.adminCounts.load(account.appId)) <= 1) blockers.push(lastAdmin());
    return blockers;
  }
}

function contactsLeft(count: number): LeaveBlocker[] {
  if (count === 0) return [];
  const contacts = count === 1 ? 'One contact is' : `${count.toLocaleString('en')} contacts are`;
  return [made(LeaveBlocker, { code: 'HAS_ASSIGNED_CONTACTS', message: `${contacts} still assigned to you. Ask an admin of the app to reassign them.`, count })];
}

const notAPartner = (): LeaveBlocker =>
  made(LeaveBlocker, { code: 'NOT_A_PARTNER', message: 'Only partners leave an app by themselves. Ask an admin of the app to remove you.', count: null });

const lastAdmin = (): LeaveBlocker =>
  made(LeaveBlocker, { code: 'LAST_ADMIN', message: 'You are the last admin among the users of this app. Make another user an admin first.', count: null });
