import { Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import classes from './operators.module.css';
import type { Readiness } from './useHealth';

interface Props {
  readonly projections: NonNullable<Readiness['projections']>;
  readonly figures: ReadonlyMap<string, number> | 'refused' | null;
}

/** What keeps the read models: whether it runs, and how far it is behind. */
export function Projections({ projections, figures }: Props): ReactNode {
  const { format } = useLanguage();
  const { operators: { columns, states, projections: title } } = useOperatingTexts();
  const lagOf = (name: string): string => {
    const lag = figures === null || figures === 'refused' ? undefined : figures.get(`projection_lag_events{projection="${name}"}`);
    return lag === undefined || Number.isNaN(lag) ? '–' : format.number(lag);
  };
  const known: Readonly<Record<string, string>> = states;
  return (
    <div className={classes['scroll']} tabIndex={0} role="group" aria-label={title}>
      <Table>
        <Table.Thead>
          <Table.Tr><Table.Th scope="col">{columns.name}</Table.Th><Table.Th scope="col">{columns.state}</Table.Th><Table.Th scope="col">{columns.lag}</Table.Th><Table.Th scope="col">{columns.position}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {projections.map(({ name, state, position }) => (
            <Table.Tr key={name} data-projection={name}><Table.Td>{name}</Table.Td><Table.Td>{known[state] ?? state}</Table.Td><Table.Td>{lagOf(name)}</Table.Td><Table.Td>{position}</Table.Td></Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
