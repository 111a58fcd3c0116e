import { Anchor, Button, Skeleton, Text, Title, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { Link } from 'wouter';
import { fill, useLanguage } from '../texts/language';
import { Page } from './Page';
import classes from './parts.module.css';

/** What stands where a list or an object will be, of about the same height, so that the page does not jump. */
export function Loading({ lines = 4, height = 72 }: { readonly lines?: number; readonly height?: number }): ReactNode {
  const { texts } = useLanguage();
  return (
    <div className={classes['skeleton']} aria-busy="true">
      <VisuallyHidden>{texts.loading}</VisuallyHidden>
      {Array.from({ length: lines }, (_, line) => <Skeleton key={line} height={height} />)}
    </div>
  );
}

/** Says why there is nothing, and what makes something appear. */
export function Empty({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }): ReactNode {
  return <div className={classes['state']}><Text c="dimmed">{children}</Text>{action}</div>;
}

/** Says that something could not be loaded, with the server's own sentence, and offers to try again. */
export function Failed({ error, onRetry }: { readonly error: CombinedError; readonly onRetry?: () => void }): ReactNode {
  const { texts } = useLanguage();
  return (
    <div className={classes['state']} role="alert">
      <Title order={2} size="h3">{texts.problems.failedTitle}</Title>
      <p>{error.graphQLErrors[0]?.message ?? texts.problems.away}</p>
      {onRetry && <Button variant="light" onClick={onRetry}>{texts.tryAgain}</Button>}
    </div>
  );
}

/** The page for somebody who may not see what the address names. */
export function NoRight({ keapId }: { readonly keapId: string }): ReactNode {
  const { texts } = useLanguage();
  return <Page title={texts.problems.noRightTitle}><Empty action={<Home />}>{fill(texts.problems.noRight, { keapId })}</Empty></Page>;
}

/** The page for an address that names nothing. */
export function NotFound(): ReactNode {
  const { texts } = useLanguage();
  return <Page title={texts.problems.notFoundTitle}><Empty action={<Home />}>{texts.problems.notFound}</Empty></Page>;
}

function Home(): ReactNode {
  const { texts } = useLanguage();
  return <Anchor underline="always" component={Link} href="/">{texts.backToStart}</Anchor>;
}
