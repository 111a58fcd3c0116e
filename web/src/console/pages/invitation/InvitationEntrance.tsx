import { Anchor, Button, Group, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Provider } from 'urql';
import { addressOf } from '../../../server';
import { createPublicClient } from '../../api/client';
import { type Answer, noteAnswer } from '../../app/invitationLink';
import { Failed, Loading } from '../../parts/states';
import { EntrancePage } from '../../signIn/EntrancePage';
import { fill, useLanguage } from '../../texts/language';
import { InvitationFacts } from './InvitationFacts';
import { endOf, useInvitation } from './useInvitation';

interface Props {
  readonly onSignIn: () => void;
}

/** An invitation for somebody who has not signed in. Answering it signs in first. */
export function InvitationEntrance(props: Props): ReactNode {
  const [client] = useState(createPublicClient);
  return <Provider value={client}><Invitation {...props} /></Provider>;
}

function Invitation({ onSignIn }: Props): ReactNode {
  const { texts } = useLanguage();
  const { invitation, error, read } = useInvitation();
  if (error && !invitation) return <EntrancePage title={texts.invitation.title} lead=""><Failed error={error} onRetry={read} /></EntrancePage>;
  if (invitation === undefined) return <EntrancePage title={texts.invitation.title} lead=""><Loading lines={1} height={160} /></EntrancePage>;
  const end = endOf(invitation, texts);
  if (invitation === null || end !== null) {
    return (
      <EntrancePage title={texts.invitation.title} lead={end ?? ''}>
        <p><Anchor underline="always" href={addressOf('account-central')}>{texts.invitation.accountCentral}</Anchor></p>
      </EntrancePage>
    );
  }
  const answer = (wanted: Answer): void => {
    noteAnswer(wanted);
    onSignIn();
  };
  const app = invitation.accountName ?? '';
  return (
    <EntrancePage title={fill(texts.invitation.titleFor, { app })} lead={fill(texts.invitation.lead, { inviter: invitation.invitedBy ?? texts.accountCentral.somebody, app })}>
      <InvitationFacts invitation={invitation} />
      <Text mb="md">{fill(texts.invitation.signInHint, { keapId: invitation.maskedKeapId ?? '' })}</Text>
      <Group>
        <Button onClick={() => answer('accept')}>{texts.invitation.accept}</Button>
        <Button variant="default" onClick={() => answer('decline')}>{texts.invitation.decline}</Button>
      </Group>
    </EntrancePage>
  );
}
