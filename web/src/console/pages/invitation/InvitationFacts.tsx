import type { InvitationPreviewQuery } from '@partner-access/client';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import classes from './invitation.module.css';

/** An invitation as somebody with its link sees it. */
export type Preview = NonNullable<InvitationPreviewQuery['invitation']>;

/** Who invites, to what, as what, until when. */
export function InvitationFacts({ invitation: { accountName, invitedBy, maskedKeapId, kind, role, expiresAt } }: { readonly invitation: Preview }): ReactNode {
  const { texts, format } = useLanguage();
  const { invitation } = texts;
  return (
    <dl className={classes['facts']}>
      <dt>{invitation.from}</dt><dd>{invitedBy ?? texts.accountCentral.somebody}</dd>
      <dt>{invitation.to}</dt><dd>{accountName}</dd>
      <dt>{invitation.for}</dt><dd>{maskedKeapId}</dd>
      {kind != null && role != null && <><dt>{invitation.as}</dt><dd>{fill(invitation.role, { kind: texts.kinds[kind], role: texts.roles[role] })}</dd></>}
      {expiresAt != null && <><dt>{invitation.until}</dt><dd><time dateTime={expiresAt}>{format.time(expiresAt)}</time></dd></>}
    </dl>
  );
}
