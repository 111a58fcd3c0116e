import { type ReactNode, useCallback, useState } from 'react';
import type { PageConfig } from '../../server';
import { loadedLater } from '../parts/loadedLater';
import { DemoPeople } from './DemoPeople';
import { type Session, SessionContext } from './session';
import { SignInEnded } from './SignInEnded';

const OpenIdEntrance = loadedLater(async () => (await import('./OpenIdEntrance')).OpenIdEntrance);

interface Props {
  readonly config: PageConfig;
  /** What somebody who has not signed in sees first at the address, with a function that begins the sign-in; null for the sign-in itself. */
  readonly welcome: (signIn: () => void) => ReactNode;
  readonly children: ReactNode;
}

/** Shows what is inside to somebody who has signed in, and lets everybody else sign in. The address stays the one that was asked for. */
export function SignInGate({ config, welcome, children }: Props): ReactNode {
  const [isWanted, setWanted] = useState(false);
  const [session, setSession] = useState<Session | null>(null);
  const [hasSignedOut, setSignedOut] = useState(false);
  const [signInAgain, setSignInAgain] = useState<(() => void) | null>(null);
  const take = useCallback((next: Session | null) => {
    setSignedOut(next === null);
    setWanted(false);
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
  const first = isWanted ? null : welcome(() => setWanted(true));
  if (first !== null) return first;
  if (config.signIn === null) return <DemoPeople config={config} onSession={take} />;
  return (
    <OpenIdEntrance client={config.signIn} hasSignedOut={hasSignedOut} isWanted={isWanted} onSession={take} onEnded={(again) => setSignInAgain(() => again)} />
  );
}
