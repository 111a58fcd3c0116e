import { type MemberFieldsFragment, PeopleDocument, type UserStatus } from '@partner-access/client';
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { useHistoryTexts } from '../../../texts/history/historyTexts';

interface Option {
  readonly value: string;
  readonly label: string;
}

interface Props {
  readonly appId: string;
  readonly label: string;
  /** The value that stands for a person; null for somebody who cannot be chosen. */
  readonly valueOf: (member: MemberFieldsFragment) => string | null;
  /** Values that are no people of the app. */
  readonly others?: readonly Option[];
  readonly value: string | null;
  /** How the present value is called. */
  readonly valueLabel: string;
  readonly onChange: (value: string | null) => void;
}

const PEOPLE = 20;
const SEARCH_PAUSE_MS = 200;
const MAX_SEARCH = 254;
const STATUSES: UserStatus[] = ['ACTIVE', 'INVITED', 'EXPIRED', 'DECLINED', 'REVOKED', 'LEFT', 'REMOVED'];

/** Lets a person choose anybody who is or was in an app, found by name or Keap ID. */
export function PersonFilter({ appId, label, valueOf, others = [], value, valueLabel, onChange }: Props): ReactNode {
  const texts = useHistoryTexts();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [search] = useDebouncedValue(value === null ? typed.trim().slice(0, MAX_SEARCH) : '', SEARCH_PAUSE_MS);
  const [{ data }] = useQuery({ query: PeopleDocument, variables: { appId, filter: { statuses: STATUSES, search }, first: PEOPLE }, pause: !isOpen });
  const people = (data?.app?.users.nodes ?? []).flatMap((member): Option[] => {
    const one = valueOf(member);
    return one === null ? [] : [{ value: one, label: member.name === null ? member.keapId : `${member.name} (${member.keapId})` }];
  });
  const known = new Map([...(value === null ? [] : [{ value, label: valueLabel }]), ...others, ...people].map((option) => [option.value, option]));
  return (
    <Select label={label} placeholder={texts.filters.personHint} data={[...known.values()]} value={value} onChange={onChange} clearable searchable searchValue={typed} onSearchChange={setTyped}
      filter={({ options }) => options} nothingFoundMessage={texts.filters.nobody} onDropdownOpen={() => setOpen(true)} onDropdownClose={() => setOpen(false)} />
  );
}
