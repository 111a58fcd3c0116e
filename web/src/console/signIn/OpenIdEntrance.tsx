import { Alert, Button } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import type { OpenIdClient } from '../../server';
import { fill, useLanguage } from '../texts/language';
import { EntrancePage } from './EntrancePage';
import { hasJustSignedOut, isComingBack, OpenIdSignIn } from './openId';
import type { Session } from './session';

interface Props {
  readonly client: OpenIdClient;
  readonly onSession: (session: Session | null) => void;
  /** Is told when the provider does not renew the sign-in any more, with what starts a new one. */
  readonly onEnded: (signInAgain: () => void) => void;
}

type Stage = { readonly is: 'redirecting' } | { readonly is: 'signedOut' } | { readonly is: 'failed'; readonly reason: string };

/** The library takes a sign-in that has come back once, although React may mount this twice. */
let begun: Promise<Session> | null = null;

async function sessionAt(signIn: OpenIdSignIn, { onSession, onEnded }: Props): Promise<Session> {
  if (!isComingBack()) {
    await signIn.start();
    // The browser leaves this page.
    return new Promise(() => undefined);
  }
  let user = await signIn.finish();
  signIn.onRenewed((renewed) => {
    user = renewed;
  });
  return {
    token: () => user.access_token,
    renew: async () => {
      try {
        user = await signIn.renew();
      } catch (error) {
        onEnded(() => void signIn.start());
        throw error;
      }
    },
    signOut: () => {
      void signIn.signOut().then((isLeaving) => {
        if (!isLeaving) onSession(null);
      });
    },
  };
}

interface EntranceProps extends Props {
  readonly hasSignedOut: boolean;
  /** Whether the person has asked to sign in. */
  readonly isWanted: boolean;
}

/** Signs somebody in at the OpenID provider: at once, unless they have just signed out and not asked for it. */
export function OpenIdEntrance(props: EntranceProps): ReactNode {
  const { texts } = useLanguage();
  const { client, hasSignedOut, isWanted } = props;
  const [signIn] = useState(() => new OpenIdSignIn(client));
  const [stage, setStage] = useState<Stage>(() => ({ is: (hasJustSignedOut() || hasSignedOut) && !isWanted ? 'signedOut' : 'redirecting' }));
  useEffect(() => {
    if (stage.is !== 'redirecting') return;
    begun ??= sessionAt(signIn, props);
    begun.then((session) => { props.onSession(session); }, (error: unknown) => {
      begun = null;
      setStage({ is: 'failed', reason: error instanceof Error ? error.message : String(error) });
    });
    // What is passed on is the same for as long as this is shown.
  }, [stage]);
  const again = (): void => {
    begun = null;
    history.replaceState(null, '', isComingBack() ? './' : location.href);
    setStage({ is: 'redirecting' });
  };
  return (
    <EntrancePage title={texts.signIn.title} lead={stage.is === 'signedOut' ? texts.signIn.signedOut : stage.is === 'redirecting' ? texts.signIn.redirecting : ''}>
      {stage.is === 'failed' && <Alert color="red" role="alert" mt="md">{fill(texts.signIn.failed, { reason: stage.reason })}</Alert>}
      {stage.is !== 'redirecting' && <Button mt="lg" onClick={again}>{texts.signIn.button}</Button>}
    </EntrancePage>
  );
}
