import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { addressOf } from '../../server';
import { useLanguage } from '../texts/language';
import { Mark } from '../theme/Mark';
import classes from './Frame.module.css';
import type { ConsolePage } from './pages';

interface Props {
  /** The pages to lead to. Those without a name are left out. */
  readonly pages: readonly ConsolePage[];
  /** The address below the server's. */
  readonly location: string;
  /** Where the name of a page leads, below the server's address. */
  readonly hrefOf?: (page: ConsolePage) => string;
  /** Whether there is a page for front-end teams, and whether it is this one. Each of the two documents loads the other anew. */
  readonly api: 'here' | 'elsewhere' | 'none';
  /** What stands at the end, such as who is signed in. */
  readonly children: ReactNode;
}

/** The name and the navigation above every page, and the way past them. */
export function Header({ pages, location, hrefOf = ({ path }) => path, api, children }: Props): ReactNode {
  const { texts } = useLanguage();
  const isCurrent = (path: string): boolean => location === path || location.startsWith(`${path}/`);
  const item = classes['item'] ?? '';
  const name = <><Mark />{texts.name}</>;
  const named = pages.flatMap((page) => (page.label === undefined ? [] : [{ page, label: page.label(texts) }]));
  return (
    <>
      <Anchor href="#content" className={classes['skip'] ?? ''}>{texts.skip}</Anchor>
      <header className={classes['header']}>
        {api === 'here' ? <a href={addressOf('')} className={classes['name']}>{name}</a> : <Link href="/" className={classes['name'] ?? ''}>{name}</Link>}
        {(named.length > 0 || api !== 'none') && (
          <nav aria-label={texts.navigation} className={classes['navigation']}>
            {named.map(({ page, label }) => (api === 'here'
              ? <a key={page.path} href={addressOf(page.path.slice(1))} className={item}>{label}</a>
              : <Link key={page.path} href={hrefOf(page)} className={item} aria-current={isCurrent(page.path) ? 'page' : undefined} onPointerEnter={page.component.load} onFocus={page.component.load}>{label}</Link>
            ))}
            {api !== 'none' && <a href={addressOf('api')} className={item} aria-current={api === 'here' ? 'page' : undefined}>{texts.api.title}</a>}
          </nav>
        )}
        {children}
      </header>
    </>
  );
}
