import { type ReactNode, useEffect, useMemo } from 'react';
import { Provider } from 'urql';
import { matchRoute, Router, useLocation, useRoute, useRouter } from 'wouter';
import { createApi } from '../api/client';
import { ConnectionContext } from '../api/connection';
import { BASE, type PageConfig } from '../../server';
import { loadedLater } from '../parts/loadedLater';
import { useSession } from '../signIn/session';
import { SignInGate } from '../signIn/SignInGate';
import { Frame } from './Frame';
import { isInvitationPage } from './invitationLink';
import { PAGES } from './pages';
import { PersonProvider } from './person';

const InvitationEntrance = loadedLater(async () => (await import('../pages/invitation/InvitationEntrance')).InvitationEntrance);
const VerifyEntrance = loadedLater(async () => (await import('../pages/verify/VerifyEntrance')).VerifyEntrance);

/** The console: the sign-in, then the pages. */
export function Console({ config }: { readonly config: PageConfig }): ReactNode {
  return (
    <Router base={BASE.pathname.replace(/\/$/, '')}>
      <Gate config={config} />
    </Router>
  );
}

/** Lets everybody sign in, except where somebody comes who may have no account. */
function Gate({ config }: { readonly config: PageConfig }): ReactNode {
  const [isVerifying] = useRoute('/verify');
  const welcome = (signIn: () => void): ReactNode => {
    if (isInvitationPage()) return <InvitationEntrance onSignIn={signIn} />;
    return isVerifying ? <VerifyEntrance onSignIn={signIn} /> : null;
  };
  return <SignInGate config={config} welcome={welcome}><SignedIn hasApi={config.introspection} /></SignInGate>;
}

function SignedIn({ hasApi }: { readonly hasApi: boolean }): ReactNode {
  const session = useSession();
  const api = useMemo(() => createApi(session), [session]);
  useEffect(() => api.close, [api]);
  useLoadedPage();
  return (
    <ConnectionContext value={api.connection}>
      <Provider value={api.client}>
        <PersonProvider><Frame hasApi={hasApi} /></PersonProvider>
      </Provider>
    </ConnectionContext>
  );
}

/** Loads the page of the address while it is found out who the person is. */
function useLoadedPage(): void {
  const { parser } = useRouter();
  const [location] = useLocation();
  useEffect(() => {
    (PAGES.find(({ path }) => matchRoute(parser, path, location)[0]) ?? PAGES[0])?.component.load();
  }, [parser, location]);
}
