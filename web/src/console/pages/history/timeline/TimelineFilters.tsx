import { UserDocument } from '@partner-access/client';
import { Button, NativeSelect } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useQuery } from 'urql';
import { nameOf } from '../../../parts/names';
import { fill } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import classes from '../history.module.css';
import { TimeField } from '../../../parts/TimeField';
import { GROUPS } from './kinds';
import { PersonFilter } from './PersonFilter';

interface Props {
  readonly appId: string;
  /** How the actor in the address is called, as far as the events on the page tell. */
  readonly actorName: string | null;
}

/** Actors of events who are parts of the service. */
const PARTS_OF_SERVICE = ['import', 'expiry', 'reminders'] as const;

/** Which events are shown. Everything stands in the address. */
export function TimelineFilters({ appId, actorName }: Props): ReactNode {
  const { filters, groups, types } = useHistoryTexts();
  const { get, change } = useHistoryAddress();
  const [person, actor, kind] = [get('person'), get('actor'), get('kind')];
  const [{ data }] = useQuery({ query: UserDocument, variables: { appId, userId: person ?? '' }, pause: person === null });
  const user = data?.app?.user;
  const isFiltered = [person, actor, kind, get('from'), get('to')].some((value) => value !== null);
  const kinds = Object.entries(GROUPS).map(([group, members]) => {
    const label = groups[group as keyof typeof groups];
    return { group: label, items: [{ value: group, label: fill(filters.allOf, { group: label }) }, ...members.map((type) => ({ value: type, label: types[type] }))] };
  });
  const isNarrow = useMediaQuery('(max-width: 40rem)', false, { getInitialValueInEffect: false });
  const [isOpen, setOpen] = useState(isFiltered);
  const fields = (
    <div role="search" aria-label={filters.label} className={classes['filters']}>
      <PersonFilter appId={appId} label={filters.person} valueOf={({ userId }) => userId} value={person} valueLabel={user ? nameOf(user) : filters.unknown} onChange={(value) => change({ person: value })} />
      <PersonFilter appId={appId} label={filters.actor} valueOf={({ personId }) => personId} others={PARTS_OF_SERVICE.map((value) => ({ value, label: filters[value] }))}
        value={actor} valueLabel={actorName ?? filters.unknown} onChange={(value) => change({ actor: value })} />
      <NativeSelect label={filters.kind} value={kind ?? ''} data={[{ value: '', label: filters.anyKind }, ...kinds]} onChange={({ currentTarget: { value } }) => change({ kind: value === '' ? null : value })} />
      <TimeField type="date" label={filters.from} value={get('from') ?? ''} onChange={(value) => change({ from: value === '' ? null : value })} />
      <TimeField type="date" label={filters.to} value={get('to') ?? ''} onChange={(value) => change({ to: value === '' ? null : value })} />
      {isFiltered && <Button variant="default" className={classes['clear'] ?? ''} onClick={() => change({ person: null, actor: null, kind: null, from: null, to: null })}>{filters.clear}</Button>}
    </div>
  );
  return (
    <>
      {isNarrow && <Button variant="default" mb="md" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>{filters.label}</Button>}
      {(isOpen || !isNarrow) && fields}
    </>
  );
}
