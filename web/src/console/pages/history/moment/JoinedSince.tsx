import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Block } from '../../../parts/Block';
import { nameOf } from '../../../parts/names';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from './moment.module.css';
import type { Since } from './useSince';

const STEP = 100;

/** Who joined after the moment and has access now. */
export function JoinedSince({ joined }: Pick<Since, 'joined'>): ReactNode {
  const { texts: { kinds, roles, showMore }, format } = useLanguage();
  const { moment: texts } = useHistoryTexts();
  const [count, setCount] = useState(STEP);
  if (joined.length === 0) return null;
  return (
    <Block title={fill(texts.joinedTitle, { count: format.number(joined.length) })}>
      <ul className={classes['joined']}>
        {joined.slice(0, count).map((user) => (
          <li key={user.userId} data-joined={user.keapId}>
            <strong>{nameOf(user)}</strong>
            <small>{fill(texts.joinedAs, { keapId: user.keapId, kind: kinds[user.kind], role: roles[user.role], date: user.joinedAt == null ? '' : format.date(user.joinedAt) })}</small>
          </li>
        ))}
      </ul>
      {joined.length > count && <Button variant="default" mt="sm" onClick={() => setCount(count + STEP)}>{showMore}</Button>}
    </Block>
  );
}
