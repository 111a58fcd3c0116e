import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../texts/language';
import { Mark } from '../theme/Mark';
import classes from './signIn.module.css';

interface Props {
  readonly title: string;
  readonly lead: string;
  readonly children?: ReactNode;
}

/** A page for somebody who is not signed in. */
export function EntrancePage({ title, lead, children }: Props): ReactNode {
  const { texts } = useLanguage();
  return (
    <main className={classes['entrance']}>
      <title>{`${title} · ${texts.name}`}</title>
      <p className={classes['name']}><Mark size={36} />{texts.name}</p>
      <Title order={1}>{title}</Title>
      <Text mt="xs" c="dimmed">{lead}</Text>
      {children}
    </main>
  );
}
