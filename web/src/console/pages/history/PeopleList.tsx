import type { UserFieldsFragment } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Block } from '../../parts/Block';
import { nameOf } from '../../parts/names';
import { useLanguage } from '../../texts/language';
import classes from './history.module.css';

interface Props {
  readonly title: string;
  readonly users: readonly UserFieldsFragment[];
  /** What is said about each person, beside their name and Keap ID. */
  readonly about: (user: UserFieldsFragment) => string;
}

const STEP = 100;

/** People under a heading, as many as a person asks for. */
export function PeopleList({ title, users, about }: Props): ReactNode {
  const { texts: { showMore } } = useLanguage();
  const [count, setCount] = useState(STEP);
  if (users.length === 0) return null;
  return (
    <Block title={title}>
      <ul className={classes['people']}>
        {users.slice(0, count).map((user) => <li key={user.userId} data-person={user.keapId}><strong>{nameOf(user)}</strong>{user.name !== null && <small>{user.keapId}</small>}<small>{about(user)}</small></li>)}
      </ul>
      {users.length > count && <Button variant="default" mt="sm" onClick={() => setCount(count + STEP)}>{showMore}</Button>}
    </Block>
  );
}
