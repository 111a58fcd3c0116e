import type { UserFieldsFragment } from '@partner-access/client';
import { Badge, Button, CopyButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { nameOf } from '../../parts/names';
import { fill, useLanguage } from '../../texts/language';
import classes from './person.module.css';

interface Props {
  readonly user: UserFieldsFragment;
  /** What the viewer may do about the person. */
  readonly children: ReactNode;
}

/** What an app knows about a person now. */
export function Facts({ user, children }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const { userId, keapId, kind, role, status, joinedAt, endedAt, invitedAt, invitedBy, invitation, usesLicence } = user;
  const isOpen = status === 'INVITED' && invitation != null;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [texts.users.columns.keapId, keapId],
    [texts.users.columns.role, texts.roles[role]],
    [texts.users.columns.status, isOpen ? `${texts.users.statuses[status]}. ${fill(texts.accountCentral.until, { time: format.time(invitation.expiresAt) })}` : texts.users.statuses[status]],
    ...(joinedAt == null ? [] : [[texts.users.columns.joined, format.date(joinedAt)] as const]),
    ...(endedAt == null ? [] : [[texts.personPage.ended, format.date(endedAt)] as const]),
    ...(invitedBy == null ? [] : [[texts.users.columns.invitedBy, nameOf(invitedBy)] as const]),
    ...(invitedAt == null ? [] : [[texts.users.columns.lastSent, `${format.date(invitedAt)}${invitation != null && invitation.sendCount > 0 ? `, ${format.plural(texts.users.sent, invitation.sendCount)}` : ''}`] as const]),
    [texts.personPage.licence, kind === 'PARTNER' ? texts.personPage.partnerLicence : usesLicence ? texts.personPage.usesLicence : isOpen ? texts.personPage.reservesLicence : texts.personPage.noLicence],
  ];
  return (
    <section aria-label={texts.personPage.facts} className={classes['facts']} data-status={status}>
      <div className={classes['acts']}>
        {kind === 'PARTNER' && <Badge variant="light" tt="none">{texts.kinds[kind]}</Badge>}
        {children}
      </div>
      <dl className={classes['details']}>
        {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
        <div>
          <dt>{texts.personPage.userId}</dt>
          <dd>
            <code>{userId}</code>{' '}
            <CopyButton value={userId}>
              {({ copied, copy }) => <Button variant="default" size="compact-xs" onClick={copy} aria-label={texts.personPage.copyUserId}>{copied ? texts.copied : texts.copy}</Button>}
            </CopyButton>
          </dd>
        </div>
      </dl>
      {isOpen && invitation.delivery === 'PENDING' && <p className={classes['note']}>{texts.users.onItsWay}</p>}
      {isOpen && invitation.delivery === 'FAILED' && <p className={classes['trouble']}>{fill(texts.users.undelivered, { problem: invitation.deliveryProblem ?? '' })}</p>}
      {isOpen && invitation.sentByFormerAdmin && <p className={classes['trouble']}>{texts.personPage.formerAdmin}</p>}
    </section>
  );
}
