import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link, Redirect, Route, Switch, useLocation } from 'wouter';
import { useIsAway } from '../api/connection';
import { Banner } from '../parts/Banner';
import { ErrorBoundary } from '../parts/ErrorBoundary';
import { Empty, NoRight, NotFound } from '../parts/states';
import { Page } from '../parts/Page';
import { useLanguage } from '../texts/language';
import { Mark } from '../theme/Mark';
import { AppSwitcher } from './AppSwitcher';
import classes from './Frame.module.css';
import { PAGES } from './pages';
import { usePerson } from './person';
import { PersonMenu } from './PersonMenu';

/** What surrounds every page: name, navigation, settings, and whether the server is there. */
export function Frame(): ReactNode {
  const { texts } = useLanguage();
  const person = usePerson();
  const [location] = useLocation();
  const visible = PAGES.filter(({ mayBeSeenBy }) => mayBeSeenBy(person));
  return (
    <>
      <Anchor href="#content" className={classes['skip'] ?? ''}>{texts.skip}</Anchor>
      <ConnectionBanner />
      <header className={classes['header']}>
        <Link href="/" className={classes['name'] ?? ''}><Mark />{texts.name}</Link>
        <nav aria-label={texts.navigation} className={classes['navigation']}>
          {visible.map(({ path, label, component: { load } }) => label && (
            <Link key={path} href={path} className={classes['item'] ?? ''} aria-current={location === path || location.startsWith(`${path}/`) ? 'page' : undefined} onPointerEnter={load} onFocus={load}>{label(texts)}</Link>
          ))}
        </nav>
        <PersonMenu />
      </header>
      <main id="content" tabIndex={-1} className={classes['content']}>
        <ErrorBoundary resetBy={location} fallback={<Page title={texts.problems.failedTitle}><Empty>{texts.problems.unexpected}</Empty></Page>}>
          <Switch>
            <Route path="/"><Redirect to={visible[0]?.path ?? '/account-central'} replace /></Route>
            {PAGES.map(({ path, component: Content, ofApp, mayBeSeenBy }) => (
              <Route key={path} path={path}>
                {mayBeSeenBy(person) ? <>{ofApp && <div className={classes['app']}><AppSwitcher /></div>}<Content /></> : <NoRight keapId={person.keapId} />}
              </Route>
            ))}
            <Route><NotFound /></Route>
          </Switch>
        </ErrorBoundary>
      </main>
    </>
  );
}

function ConnectionBanner(): ReactNode {
  const { texts } = useLanguage();
  return useIsAway() ? <Banner>{texts.problems.away}</Banner> : null;
}
