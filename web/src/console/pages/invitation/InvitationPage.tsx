import { AcceptInvitationDocument, type AccountFieldsFragment, DeclineInvitationDocument, matchResult } from '@partner-access/client';
import { Alert, Anchor, Button, Group } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { useChange } from '../../api/useChange';
import { invitationToken, noteAnswer, takeAnswer } from '../../app/invitationLink';
import { ACCOUNTS_PER_PAGE, usePerson } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Page } from '../../parts/Page';
import { Problem } from '../../parts/Problem';
import { Empty, Failed, Loading } from '../../parts/states';
import { useSession } from '../../signIn/session';
import { fill, useLanguage } from '../../texts/language';
import { InvitationFacts } from './InvitationFacts';
import { endOf, useInvitation } from './useInvitation';

type Outcome =
  | { readonly is: 'accepted'; readonly account: AccountFieldsFragment }
  | { readonly is: 'declined' }
  | { readonly is: 'wrongAccount'; readonly recipient: string }
  | { readonly is: 'refused'; readonly message: string };

/** An invitation for somebody who has signed in. The answer that they chose before is given at once. */
export function InvitationPage(): ReactNode {
  const { texts } = useLanguage();
  const { keapId } = usePerson();
  const announce = useAnnounce();
  const { signOut } = useSession();
  const { invitation, error, read } = useInvitation();
  const acceptance = useChange(AcceptInvitationDocument);
  const refusal = useChange(DeclineInvitationDocument);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [app, setApp] = useState('');
  const accountName = invitation?.accountName ?? app;
  const isUnderWay = acceptance.isUnderWay || refusal.isUnderWay;
  const variables = { input: { token: invitationToken() }, first: ACCOUNTS_PER_PAGE };
  const refused = (message: string): void => {
    setOutcome({ is: 'refused', message });
    // Why it cannot be answered may be that it is not open any more.
    read();
  };
  const wrong = ({ maskedKeapId }: { readonly maskedKeapId: string }): void => setOutcome({ is: 'wrongAccount', recipient: maskedKeapId });
  const accept = async (): Promise<void> => {
    setOutcome(null);
    const answer = (await acceptance.run(variables))?.acceptInvitation;
    if (answer === undefined) return;
    matchResult(answer, {
      AcceptInvitationSuccess: ({ account }) => {
        setApp(account.accountName);
        setOutcome({ is: 'accepted', account });
        announce(fill(texts.invitation.accepted, { app: account.accountName }));
      },
      WrongRecipient: wrong,
      Rejection: ({ message }) => refused(message),
    });
  };
  const decline = async (): Promise<void> => {
    setOutcome(null);
    const answer = (await refusal.run(variables))?.declineInvitation;
    if (answer === undefined) return;
    matchResult(answer, {
      DeclineInvitationSuccess: () => {
        setOutcome({ is: 'declined' });
        announce(fill(texts.invitation.declinedNow, { app: accountName }));
      },
      WrongRecipient: wrong,
      Rejection: ({ message }) => refused(message),
    });
  };
  useEffect(() => {
    const chosen = takeAnswer();
    if (chosen === 'accept') void accept();
    if (chosen === 'decline') void decline();
  }, []);
  const useAnother = (): void => {
    noteAnswer('accept');
    signOut();
  };

  const central = <Anchor underline="always" component={Link} href="/account-central">{texts.invitation.accountCentral}</Anchor>;
  const title = accountName === '' ? texts.invitation.title : fill(texts.invitation.titleFor, { app: accountName });
  if (outcome?.is === 'accepted') {
    return (
      <Page title={title}>
        <Alert role="status" mb="md">{fill(texts.invitation.accepted, { app: outcome.account.accountName })}</Alert>
        <Group>
          <Button component="a" href={outcome.account.url} target="_blank" rel="noreferrer">{texts.invitation.openApp}</Button>
          <Button component={Link} href="/account-central" variant="default">{texts.invitation.accountCentral}</Button>
        </Group>
      </Page>
    );
  }
  if (outcome?.is === 'declined') return <Page title={title}><Empty action={central}>{fill(texts.invitation.declinedNow, { app: accountName })}</Empty></Page>;
  if (error && !invitation) return <Page title={title}><Failed error={error} onRetry={read} /></Page>;
  if (invitation === undefined) return <Page title={title}><Loading lines={1} height={160} /></Page>;
  const end = endOf(invitation, texts);
  if (invitation === null || end !== null) return <Page title={title}><Empty action={central}>{end}</Empty></Page>;
  return (
    <Page title={title}>
      <p>{fill(texts.invitation.lead, { inviter: invitation.invitedBy ?? texts.accountCentral.somebody, app: accountName })}</p>
      <InvitationFacts invitation={invitation} />
      {outcome?.is === 'wrongAccount' ? (
        <Alert color="red" role="alert">
          <p>{fill(texts.invitation.wrongAccount, { keapId, recipient: outcome.recipient })}</p>
          <Button variant="outline" onClick={useAnother}>{texts.invitation.anotherAccount}</Button>
        </Alert>
      ) : (
        <>
          <p>{fill(texts.invitation.signedInAs, { keapId })}</p>
          <Problem>{outcome?.is === 'refused' ? outcome.message : acceptance.problem ?? refusal.problem}</Problem>
          <Group>
            <Button loading={acceptance.isUnderWay} disabled={isUnderWay} onClick={() => void accept()}>{texts.invitation.accept}</Button>
            <Button variant="default" loading={refusal.isUnderWay} disabled={isUnderWay} onClick={() => void decline()}>{texts.invitation.decline}</Button>
          </Group>
        </>
      )}
    </Page>
  );
}
