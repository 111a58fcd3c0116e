import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type ReactNode, useEffect, useState } from 'react';
import { TimeField } from '../../parts/TimeField';
import { useAccessTexts } from '../../texts/access/accessTexts';
import { useLanguage } from '../../texts/language';
import classes from './access.module.css';
import { today, useAccessAddress } from './address';
import { AppFilter } from './AppFilter';

const SEARCH_PAUSE_MS = 400;
const MAX_KEAP_ID = 254;

/** Which periods are shown. Everything stands in the address. */
export function AccessFilters(): ReactNode {
  const { texts } = useLanguage();
  const { filters } = useAccessTexts();
  const { get, change, clear, isFiltered } = useAccessAddress();
  const keapId = get('keapId') ?? '';
  const [typed, setTyped] = useState(keapId);
  useEffect(() => setTyped(keapId), [keapId]);
  const take = useDebouncedCallback((text: string) => change({ keapId: text.trim() }), SEARCH_PAUSE_MS);
  const options = (any: string, names: Readonly<Record<string, string>>): { value: string; label: string }[] => [{ value: '', label: any }, ...Object.entries(names).map(([value, label]) => ({ value, label }))];
  return (
    <div role="search" aria-label={filters.label} className={classes['filters']}>
      <AppFilter value={get('app')} onChange={(app) => change({ app })} />
      <TextInput type="search" label={filters.keapId} maxLength={MAX_KEAP_ID} value={typed} onChange={({ currentTarget: { value } }) => {
        setTyped(value);
        take(value);
      }} />
      <NativeSelect label={filters.role} value={get('role') ?? ''} data={options(filters.anyRole, texts.roles)} onChange={({ currentTarget }) => change({ role: currentTarget.value })} />
      <NativeSelect label={filters.kind} value={get('kind') ?? ''} data={options(filters.anyKind, texts.kinds)} onChange={({ currentTarget }) => change({ kind: currentTarget.value })} />
      <TimeField type="date" label={filters.from} value={get('from') ?? ''} onChange={(from) => change({ from })} />
      <TimeField type="date" label={filters.to} value={get('to') ?? ''} onChange={(to) => change({ to })} />
      <div className={classes['buttons']}>
        <Button variant="default" onClick={() => change({ from: today(), to: today() })}>{filters.today}</Button>
        {isFiltered && <Button variant="default" onClick={clear}>{filters.clear}</Button>}
      </div>
    </div>
  );
}
