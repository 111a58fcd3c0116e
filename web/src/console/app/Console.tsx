import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useEffect, useMemo } from 'react';
import { Provider } from 'urql';
import { Router } from 'wouter';
import { createApi } from '../api/client';
import { ConnectionContext } from '../api/connection';
import { BASE, type PageConfig } from '../../server';
import { Announcer } from '../parts/Announcer';
import { useSession } from '../signIn/session';
import { SignInGate } from '../signIn/SignInGate';
import { LanguageProvider } from '../texts/language';
import { styleNonce } from '../theme/nonce';
import { cssVariables, theme } from '../theme/theme';
import { Frame } from './Frame';
import { isInvitationPage } from './invitationLink';
import { PersonProvider } from './person';

const InvitationEntrance = lazy(async () => ({ default: (await import('../pages/invitation/InvitationEntrance')).InvitationEntrance }));

const colorSchemes = localStorageColorSchemeManager({ key: 'theme' });

/** What every page of the console has around it, also before somebody has signed in. */
export function Surroundings({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} getStyleNonce={() => styleNonce} colorSchemeManager={colorSchemes} defaultColorScheme="auto">
      <LanguageProvider>
        <Announcer>{children}</Announcer>
      </LanguageProvider>
    </MantineProvider>
  );
}

/** The console: the sign-in, then the pages. */
export function Console({ config }: { readonly config: PageConfig }): ReactNode {
  return (
    <SignInGate config={config} welcome={(signIn) => (isInvitationPage() ? <Suspense><InvitationEntrance onSignIn={signIn} /></Suspense> : null)}>
      <Router base={BASE.pathname.replace(/\/$/, '')}>
        <SignedIn />
      </Router>
    </SignInGate>
  );
}

function SignedIn(): ReactNode {
  const session = useSession();
  const api = useMemo(() => createApi(session), [session]);
  useEffect(() => api.close, [api]);
  return (
    <ConnectionContext value={api.connection}>
      <Provider value={api.client}>
        <PersonProvider><Frame /></PersonProvider>
      </Provider>
    </ConnectionContext>
  );
}
