import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import type { PageConfig } from '../../server';
import { DemoPeople } from './DemoPeople';
import { type Session, SessionContext } from './session';
import { SignInEnded } from './SignInEnded';

const OpenIdEntrance = lazy(async () => ({ default: (await import('./OpenIdEntrance')).OpenIdEntrance }));

/** Shows what is inside to somebody who has signed in, and lets everybody else sign in. The address stays the one that was asked for. */
export function SignInGate({ config, children }: { readonly config: PageConfig; readonly children: ReactNode }): ReactNode {
  const [session, setSession] = useState<Session | null>(null);
  const [hasSignedOut, setSignedOut] = useState(false);
  const [signInAgain, setSignInAgain] = useState<(() => void) | null>(null);
  const take = useCallback((next: Session | null) => {
    setSignedOut(next === null);
    setSession(next);
  }, []);
  if (session !== null) {
    return (
      <SessionContext value={session}>
        {signInAgain !== null && <SignInEnded onAgain={signInAgain} />}
        {children}
      </SessionContext>
    );
  }
  if (config.signIn === null) return <DemoPeople config={config} onSession={take} />;
  return (
    <Suspense>
      <OpenIdEntrance client={config.signIn} hasSignedOut={hasSignedOut} onSession={take} onEnded={(again) => setSignInAgain(() => again)} />
    </Suspense>
  );
}
