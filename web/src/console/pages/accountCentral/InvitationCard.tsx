import { AcceptInvitationDocument, DeclineInvitationDocument, isRefusal, type ReceivedInvitationFieldsFragment } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { ACCOUNTS_PER_PAGE } from '../../app/person';
import { useAnnounce } from '../../parts/Announcer';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import classes from './accountCentral.module.css';

interface Props {
  readonly invitation: ReceivedInvitationFieldsFragment;
  /** Is told what was done, in a sentence. The invitation is gone then. */
  readonly onAnswered: (done: string) => void;
}

/** An invitation that waits for the person, with Accept and Decline. */
export function InvitationCard({ invitation: { appId, invitationId, accountName, invitedBy, kind, role, expiresAt }, onAnswered }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const announce = useAnnounce();
  const acceptance = useChange(AcceptInvitationDocument);
  const refusal = useChange(DeclineInvitationDocument);
  const [refused, setRefused] = useState<string | null>(null);
  const isUnderWay = acceptance.isUnderWay || refusal.isUnderWay;
  const variables = { input: { appId, invitationId }, first: ACCOUNTS_PER_PAGE };
  const tell = (done: string): void => {
    onAnswered(done);
    announce(done);
  };
  const accept = async (): Promise<void> => {
    setRefused(null);
    const answer = (await acceptance.run(variables))?.acceptInvitation;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else tell(fill(texts.accountCentral.accepted, { app: accountName }));
  };
  const decline = async (): Promise<void> => {
    setRefused(null);
    const answer = (await refusal.run(variables))?.declineInvitation;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else tell(fill(texts.accountCentral.declined, { app: accountName }));
  };
  return (
    <li className={classes['row']} data-invitation={appId}>
      <div className={classes['what']}>
        <h3 className={classes['label']}>{accountName}</h3>
        <p>{fill(texts.accountCentral.invites, { inviter: invitedBy ?? texts.accountCentral.somebody, app: accountName, kind: texts.kinds[kind], role: texts.roles[role] })}</p>
        <p className={classes['facts']}>{fill(texts.accountCentral.until, { time: format.time(expiresAt) })}</p>
        <Problem>{refused ?? acceptance.problem ?? refusal.problem}</Problem>
      </div>
      <div className={classes['acts']}>
        <Button loading={acceptance.isUnderWay} disabled={isUnderWay} onClick={() => void accept()} aria-label={fill(texts.accountCentral.acceptApp, { app: accountName })}>{texts.accountCentral.accept}</Button>
        <Button variant="default" loading={refusal.isUnderWay} disabled={isUnderWay} onClick={() => void decline()} aria-label={fill(texts.accountCentral.declineApp, { app: accountName })}>{texts.accountCentral.decline}</Button>
      </div>
    </li>
  );
}
