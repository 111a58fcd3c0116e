import type { AppFieldsFragment, UserFieldsFragment } from '@partner-access/client';
import { Anchor, Badge } from '@mantine/core';
import { memo, type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { fill, useLanguage } from '../../texts/language';
import { nameOf } from '../../parts/names';
import { UserActions } from './UserActions';
import classes from './users.module.css';
import type { Asking } from './UserTable';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  readonly onAsk: (asking: Asking) => void;
  readonly onDone: (done: string) => void;
}

/** The cells of a person. On a phone each cell names its column. Scrolling, which shows the table again with each frame, leaves those in sight as they are. */
export const UserRow = memo(function UserRow({ app, user, onAsk, onDone }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const { columns } = texts.users;
  const [problem, setProblem] = useState<string | null>(null);
  const { userId, name, keapId, kind, role, status, joinedAt, invitedAt, invitedBy, invitation } = user;
  const isOpen = status === 'INVITED' && invitation != null;
  const toPerson = (text: string): ReactNode => <Anchor component={Link} fw={650} href={`/users/${userId}?app=${encodeURIComponent(app.appId)}`}>{text}</Anchor>;
  return (
    <>
      <div role="cell" data-label={columns.name} className={classes['name']}>
        {name === null ? '–' : toPerson(name)}
        {kind === 'PARTNER' && <Badge variant="light" tt="none">{texts.kinds[kind]}</Badge>}
      </div>
      <div role="cell" data-label={columns.keapId}>{name === null ? toPerson(keapId) : keapId}</div>
      <div role="cell" data-label={columns.role}>{texts.roles[role]}</div>
      <div role="cell" data-label={columns.status}>
        <span>{texts.users.statuses[status]}</span>
        {isOpen && <small>{fill(texts.accountCentral.until, { time: format.date(invitation.expiresAt) })}</small>}
      </div>
      <div role="cell" data-label={columns.joined} data-nothing={joinedAt == null || undefined}>{joinedAt == null ? '–' : format.date(joinedAt)}</div>
      <div role="cell" data-label={columns.invitedBy} data-nothing={invitedBy == null || undefined}>{invitedBy == null ? '–' : nameOf(invitedBy)}</div>
      <div role="cell" data-label={columns.lastSent} data-nothing={invitedAt == null || undefined}>
        <span>{invitedAt == null ? '–' : format.date(invitedAt)}</span>
        {invitation != null && invitation.sendCount > 0 && <small>{format.plural(texts.users.sent, invitation.sendCount)}</small>}
      </div>
      <div role="cell" data-label={columns.actions} className={classes['actions']}><UserActions app={app} user={user} onAsk={onAsk} onDone={onDone} onProblem={setProblem} /></div>
      {isOpen && invitation.delivery === 'PENDING' && <div role="cell" className={classes['note']}>{texts.users.onItsWay}</div>}
      {isOpen && invitation.delivery === 'FAILED' && <div role="cell" className={classes['trouble']}>{fill(texts.users.undelivered, { problem: invitation.deliveryProblem ?? '' })}</div>}
      {problem !== null && <div role="cell" className={classes['trouble']}><span role="alert">{problem}</span></div>}
    </>
  );
});
