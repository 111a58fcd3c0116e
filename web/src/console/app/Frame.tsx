import type { ReactNode } from 'react';
import { Redirect, Route, Switch, useLocation, useRoute, useSearchParams } from 'wouter';
import { ErrorBoundary } from '../parts/ErrorBoundary';
import { Empty, NoRight, NotFound } from '../parts/states';
import { Page } from '../parts/Page';
import { useLanguage } from '../texts/language';
import { AppSwitcher } from './AppSwitcher';
import classes from './Frame.module.css';
import { addressOfPage, firstPageOf, PAGES } from './pages';
import { usePerson } from './person';
import { PersonMenu } from './PersonMenu';
import { Shell } from './Shell';

/** The page of the address, in what surrounds every page. */
export function Frame({ hasApi }: { readonly hasApi: boolean }): ReactNode {
  const { texts } = useLanguage();
  const person = usePerson();
  const [location] = useLocation();
  const [search] = useSearchParams();
  const [, configured] = useRoute('/account-central/:appId');
  const appId = search.get('app') ?? configured?.appId ?? null;
  const visible = PAGES.filter(({ mayBeSeenBy }) => mayBeSeenBy(person));
  return (
    <Shell pages={visible} location={location} hrefOf={(page) => addressOfPage(page, appId, person)} hasApi={hasApi} menu={<PersonMenu />}>
      <ErrorBoundary resetBy={location} fallback={<Page title={texts.problems.failedTitle}><Empty>{texts.problems.unexpected}</Empty></Page>}>
        <Switch>
          <Route path="/"><Redirect to={firstPageOf(person)} replace /></Route>
          {PAGES.map(({ path, component: Content, ofApp, mayBeSeenBy }) => (
            <Route key={path} path={path}>
              {mayBeSeenBy(person) ? <>{ofApp && <div className={classes['app']}><AppSwitcher /></div>}<Content /></> : <NoRight keapId={person.keapId} />}
            </Route>
          ))}
          <Route><NotFound /></Route>
        </Switch>
      </ErrorBoundary>
    </Shell>
  );
}
