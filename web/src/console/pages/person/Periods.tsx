import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import type { Period } from './periods';
import classes from './person.module.css';

/** When a person had access, and as what. */
export function Periods({ periods }: { readonly periods: readonly Period[] }): ReactNode {
  const { texts, format } = useLanguage();
  if (periods.length === 0) return <p>{texts.personPage.noPeriods}</p>;
  return (
    <ul className={classes['events']} data-periods={periods.length}>
      {periods.map(({ from, to, kind, role }) => (
        <li key={`${from} ${role}`}>
          <strong>{to === null ? fill(texts.personPage.since, { from: format.date(from) }) : fill(texts.personPage.between, { from: format.date(from), to: format.date(to) })}</strong>
          {' '}
          {fill(texts.personPage.asWhat, { kind: texts.kinds[kind], role: texts.roles[role] })}
        </li>
      ))}
    </ul>
  );
}
