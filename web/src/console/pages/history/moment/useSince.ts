import { type MembershipDiffQuery, MembershipEventsDocument, type UserRole } from '@partner-access/client';
import { type CombinedError, useSubscription } from 'urql';
import { GROUPS } from '../timeline/kinds';
import { useDiff } from '../useDiff';

type User = MembershipDiffQuery['membershipDiff']['joined'][number];

/** What has become of people since a moment. */
export interface Since {
  readonly joined: readonly User[];
  /** Those who have no access any more, by their user ID, as they are now. */
  readonly left: ReadonlyMap<string, User>;
  /** Those with another role, by their user ID, with the role that they have now. */
  readonly roles: ReadonlyMap<string, UserRole>;
}

/** Compares who had access at a moment with who has it now, and again with each change. @param onChanged is called with each change of access. */
export function useSince(appId: string, at: string | null, onChanged: () => void): { readonly since: Since | null; readonly error: CombinedError | null } {
  const { diff, error, readAgain } = useDiff(appId, at, null);
  useSubscription({ query: MembershipEventsDocument, variables: { filter: { appId, types: [...GROUPS.access] } } }, (_before, event) => {
    readAgain();
    onChanged();
    return event;
  });
  const since = diff && {
    joined: diff.joined,
    left: new Map(diff.left.map((user) => [user.userId, user])),
    roles: new Map(diff.roleChanged.map(({ user, to }) => [user.userId, to])),
  };
  return { since, error };
}
