import type { ReactNode } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { useIsAway } from '../api/connection';
import { Banner } from '../parts/Banner';
import { ErrorBoundary } from '../parts/ErrorBoundary';
import { Empty, NoRight, NotFound } from '../parts/states';
import { Page } from '../parts/Page';
import { useLanguage } from '../texts/language';
import { AppSwitcher } from './AppSwitcher';
import classes from './Frame.module.css';
import { Header } from './Header';
import { PAGES } from './pages';
import { usePerson } from './person';
import { PersonMenu } from './PersonMenu';

/** What surrounds every page: name, navigation, settings, and whether the server is there. */
export function Frame({ hasApi }: { readonly hasApi: boolean }): ReactNode {
  const { texts } = useLanguage();
  const person = usePerson();
  const [location] = useLocation();
  const visible = PAGES.filter(({ mayBeSeenBy }) => mayBeSeenBy(person));
  return (
    <>
      <ConnectionBanner />
      <Header pages={visible} location={location} api={hasApi ? 'elsewhere' : 'none'}><PersonMenu /></Header>
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
