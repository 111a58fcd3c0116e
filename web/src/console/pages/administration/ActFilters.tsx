import { Button, NativeSelect, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useEffect, useState } from 'react';
import { usePerson } from '../../app/person';
import { useApps } from '../../app/useApps';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import { fill } from '../../texts/language';
import { useHistoryAddress } from '../history/address';
import classes from '../history/history.module.css';
import { TimeField } from '../../parts/TimeField';
import { FOR_AUDITORS, GROUPS } from './kinds';

interface Props {
  /** How the actor in the address is called; null where the address names none, or the events on the page do not tell. */
  readonly actorName: string | null;
  /** Takes all filters out; null where there are none. */
  readonly onClear: (() => void) | null;
}

/** Which events are shown. Everything stands in the address. */
export function ActFilters({ actorName, onClear }: Props): ReactNode {
  const { filters, types, administration: texts } = useHistoryTexts();
  const { isAuditor } = usePerson();
  const { get, change } = useHistoryAddress();
  const kinds = Object.entries(GROUPS).map(([group, members]) => {
    const label = texts.groups[group as keyof typeof texts.groups];
    const shown = members.filter((type) => isAuditor || !FOR_AUDITORS.includes(type));
    return { group: label, items: [{ value: group, label: fill(filters.allOf, { group: label }) }, ...shown.map((type) => ({ value: type, label: types[type] }))] };
  });
  const isNarrow = useMediaQuery('(max-width: 40rem)', false, { getInitialValueInEffect: false });
  const [isOpen, setOpen] = useState(onClear !== null);
  const fields = (
    <div role="search" aria-label={filters.label} className={classes['filters']}>
      <AppFilter value={get('app')} onChange={(value) => change({ app: value })} />
      <KeapIdFilter value={get('by') ?? ''} placeholder={get('actor') === null ? texts.byHint : actorName ?? filters.unknown} onChange={(value) => change({ by: value === '' ? null : value, actor: null })} />
      <NativeSelect label={filters.kind} value={get('kind') ?? ''} data={[{ value: '', label: filters.anyKind }, ...kinds]} onChange={({ currentTarget: { value } }) => change({ kind: value === '' ? null : value })} />
      <TimeField type="date" label={filters.from} value={get('from') ?? ''} onChange={(value) => change({ from: value === '' ? null : value })} />
      <TimeField type="date" label={filters.to} value={get('to') ?? ''} onChange={(value) => change({ to: value === '' ? null : value })} />
      {onClear !== null && <Button variant="default" className={classes['clear'] ?? ''} onClick={onClear}>{filters.clear}</Button>}
    </div>
  );
  return (
    <>
      {isNarrow && <Button variant="default" mb="md" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{filters.label}</Button>}
      {(isOpen || !isNarrow) && fields}
    </>
  );
}

/** Takes the place of the app of events that belong to none. */
const NO_APP = '-';
/** So many apps are offered at a time; typing narrows them down. */
const MOST_OFFERED = 100;

/** Lets a person choose an app among all, or the events that belong to none. */
function AppFilter({ value, onChange }: { readonly value: string | null; readonly onChange: (value: string | null) => void }): ReactNode {
  const { administration: texts, filters } = useHistoryTexts();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const labels = new Map([[NO_APP, texts.noApp]]);
  const { apps } = useApps(typed === labels.get(value ?? '') || typed === value ? '' : typed.trim(), !isOpen);
  for (const { appId, accountName } of apps ?? []) labels.set(appId, accountName);
  if (value !== null && !labels.has(value)) labels.set(value, value);
  return (
    <Select label={texts.app} placeholder={texts.appHint} data={[...labels].map(([one, label]) => ({ value: one, label }))} value={value} onChange={onChange} clearable searchable searchValue={typed} onSearchChange={setTyped}
      limit={MOST_OFFERED} nothingFoundMessage={filters.nobody} onDropdownOpen={() => setOpen(true)} onDropdownClose={() => setOpen(false)} />
  );
}

const MAX_KEAP_ID = 254;
/** A Keap ID that is typed is taken over when the person has rested for so long, leaves the field, or presses Enter. */
const REST_MS = 700;

/** A field for the Keap ID of an operator or auditor. */
function KeapIdFilter({ value, placeholder, onChange }: { readonly value: string; readonly placeholder: string; readonly onChange: (value: string) => void }): ReactNode {
  const { administration: texts } = useHistoryTexts();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = (text: string): void => {
    if (text.trim() !== value) onChange(text.trim());
  };
  const rest = useDebouncedCallback(take, REST_MS);
  return (
    <TextInput type="email" label={texts.by} placeholder={placeholder} value={typed} maxLength={MAX_KEAP_ID} onBlur={() => take(typed)} onKeyDown={({ key }) => { if (key === 'Enter') take(typed); }}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        rest(currentTarget.value);
      }} />
  );
}
