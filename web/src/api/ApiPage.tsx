import { Button, Popover, Stack } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Header } from '../console/app/Header';
import { PAGES } from '../console/app/pages';
import type { Person } from '../console/app/person';
import { Settings } from '../console/app/Settings';
import { useLanguage } from '../console/texts/language';
import type { DemoPerson, PageConfig } from '../server';
import { Explorer } from './Explorer';
import { SignIn } from './SignIn';
import { useApiTexts } from './texts/apiTexts';

/** Who somebody is of whom only the scopes are known: they may have any apps. */
const personWith = (scopes: readonly string[]): Person => ({
  keapId: '', name: '', isOperator: scopes.includes('operator'), isAuditor: scopes.includes('auditor'), accounts: [], hasMoreAccounts: true, invitations: [],
});

/** The page for front-end teams: GraphiQL in the frame of the console, with a sign-in of its own. The token is in memory only. */
export function ApiPage({ config }: { readonly config: PageConfig }): ReactNode {
  const { texts } = useLanguage();
  const words = useApiTexts();
  const [token, setToken] = useState('');
  const [demoPerson, setDemoPerson] = useState<DemoPerson | null>(null);
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const hasConsole = config.development || config.signIn !== null;
  const person = personWith(demoPerson?.scope.split(' ') ?? []);
  return (
    <>
      <title>{`${texts.api.title} · ${texts.name}`}</title>
      <Header pages={hasConsole ? PAGES.filter(({ mayBeSeenBy }) => mayBeSeenBy(person)) : []} location="" api="here">
        <Popover position="bottom-end" width={280} trapFocus returnFocus>
          <Popover.Target><Button variant="default" size="compact-md">{words.settings}</Button></Popover.Target>
          <Popover.Dropdown><Stack gap="sm"><Settings /></Stack></Popover.Dropdown>
        </Popover>
      </Header>
      <main id="content" tabIndex={-1}>
        <div className="bar">
          <h1>{texts.api.title}</h1>
          <SignIn config={config} token={token} onSignedIn={(next, as) => { setToken(next); setDemoPerson(as); }} />
          <div ref={setMenu} />
          <a href="schema.graphql">{words.schema}</a>
        </div>
        <Explorer token={token} menu={menu} />
      </main>
    </>
  );
}
