import { Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { usePerson } from '../../app/person';
import { useApps } from '../../app/useApps';
import { useAccessTexts } from '../../texts/access/accessTexts';

interface Props {
  readonly value: string | null;
  readonly onChange: (appId: string | null) => void;
}

/** So many apps are offered at a time; typing narrows them down. */
const MOST_OFFERED = 100;
const APP_ID = /^[a-z][a-z0-9-]{1,39}$/;

/** Lets the person choose one of the apps that they may read, or all of them. Auditors choose among all apps. */
export function AppFilter({ value, onChange }: Props): ReactNode {
  const { filters } = useAccessTexts();
  const { isAuditor, accounts } = usePerson();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const labels = new Map(accounts.filter(({ role }) => role === 'ADMIN').map(({ appId, label }) => [appId, label]));
  const search = typed === labels.get(value ?? '') ? '' : typed.trim();
  const { apps, hasMore } = useApps(search, !isAuditor || !isOpen);
  for (const { appId, accountName } of apps ?? []) if (!labels.has(appId)) labels.set(appId, accountName);
  if (value !== null && !labels.has(value)) labels.set(value, value);
  // Not every app was looked at, and an id is enough.
  if (isAuditor && hasMore && APP_ID.test(search) && !labels.has(search)) labels.set(search, search);
  return (
    <Select label={filters.app} placeholder={isAuditor ? filters.appHint : filters.everyApp} data={[...labels].map(([appId, label]) => ({ value: appId, label }))} value={value} onChange={onChange} clearable searchable
      searchValue={typed} onSearchChange={setTyped} limit={MOST_OFFERED} onDropdownOpen={() => setOpen(true)} onDropdownClose={() => setOpen(false)} />
  );
}
