import { HistoryPositionsDocument, type MembershipEventFilter } from '@partner-access/client';
import { useClient } from 'urql';
import { dataOf } from '../event/evidence';
import { GROUPS } from '../timeline/kinds';

/** Finds when access or a role changed, before and after a moment. */
interface Neighbours {
  /** The time of the last change before the moment; null when there is none. @throws CombinedError */
  readonly before: (time: string | null) => Promise<string | null>;
  /** The time of the first change after the moment; null when there is none. @throws CombinedError */
  readonly after: (time: string) => Promise<string | null>;
}

const following = (time: string): string => new Date(Date.parse(time) + 1).toISOString();

/** Finds the changes of access to an app that are next to a moment. */
export function useNeighbours(appId: string): Neighbours {
  const client = useClient();
  const timeOf = async (filter: MembershipEventFilter, page: { readonly first: number } | { readonly last: number }): Promise<string | null> => {
    const variables = { filter: { appId, types: [...GROUPS.access], ...filter }, ...page };
    const { nodes: [event] } = dataOf(await client.query(HistoryPositionsDocument, variables, { requestPolicy: 'network-only' })).membershipEvents;
    return event?.occurredAt ?? null;
  };
  return {
    before: (time) => timeOf(time === null ? {} : { to: time }, { last: 1 }),
    after: (time) => timeOf({ from: following(time) }, { first: 1 }),
  };
}
