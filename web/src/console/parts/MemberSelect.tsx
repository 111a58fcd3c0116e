import { UserListDocument } from '@partner-access/client';
import { Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';

/** Somebody who is offered whatever is searched for. */
export interface Offered {
  readonly userId: string;
  readonly name: string | null;
  readonly keapId: string;
}

interface Props {
  readonly appId: string;
  /** Somebody who is not offered. */
  readonly exceptUserId: string;
  readonly offered?: Offered;
  readonly label: string;
  readonly description: string;
  readonly error?: string | null;
  readonly value: string | null;
  readonly onChange: (userId: string | null) => void;
}

const MEMBERS = 20;

/** Lets a person choose an active member of an app, who is found by name or Keap ID. */
export function MemberSelect({ appId, exceptUserId, offered, value, ...field }: Props): ReactNode {
  const [search, setSearch] = useState('');
  const [{ data }] = useQuery({ query: UserListDocument, variables: { appId, filter: { statuses: ['ACTIVE'], search: value === null ? search : '' }, first: MEMBERS } });
  const found = data?.app?.users.nodes.filter(({ userId }) => userId !== exceptUserId && userId !== offered?.userId) ?? [];
  const members: readonly Offered[] = offered === undefined ? found : [offered, ...found];
  return (
    <Select {...field} searchable searchValue={search} onSearchChange={setSearch} filter={({ options }) => options} value={value}
      data={members.map(({ userId, name, keapId }) => ({ value: userId, label: name === null ? keapId : `${name} (${keapId})` }))} />
  );
}
