import { Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './parts.module.css';

/** A part of a page under a heading of its own. */
export function Block({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  const id = useId();
  return (
    <section aria-labelledby={id} className={classes['block']}>
      <Title order={2} size="h3" mb="sm" id={id}>{title}</Title>
      {children}
    </section>
  );
}
