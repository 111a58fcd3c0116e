import { Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLanguage } from '../texts/language';
import classes from './parts.module.css';

interface Props {
  readonly title: string;
  /** What belongs beside the title, such as a button. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

let hasOpenedOne = false;

/**
 * The frame of each page's content: its heading, which is also the title of the document, and which has the focus when a person comes from another
 * page. On the first page the focus stays at the top, where the link to the content is.
 */
export function Page({ title, actions, children }: Props): ReactNode {
  const { texts } = useLanguage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasOpenedOne) heading.current?.focus();
    hasOpenedOne = true;
  }, []);
  return (
    <>
      <title>{`${title} · ${texts.name}`}</title>
      <div className={classes['head']}>
        <Title order={1} size="h2" ref={heading} tabIndex={-1}>{title}</Title>
        {actions}
      </div>
      {children}
    </>
  );
}
