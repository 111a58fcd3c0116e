import { type AppFieldsFragment, isRefusal, ResendInvitationDocument, type UserFieldsFragment } from '@partner-access/client';
import { Button, Menu } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useChange } from '../../api/useChange';
import { fill, useLanguage } from '../../texts/language';
import { nameOf } from '../../parts/names';
import type { Asking } from './UserTable';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  /** What is written on the button; three dots where it stands beside the person. */
  readonly label?: ReactNode;
  readonly onAsk: (asking: Asking) => void;
  readonly onDone: (done: string) => void;
  readonly onProblem: (problem: string | null) => void;
}

/** Three dots as a picture: not every font has a character for them. */
const DOTS = <svg viewBox="0 0 16 4" width={16} height={4} fill="currentColor" aria-hidden="true"><circle cx={2} cy={2} r={1.5} /><circle cx={8} cy={2} r={1.5} /><circle cx={14} cy={2} r={1.5} /></svg>;

/** Invitations that can be sent again. */
const RESENDABLE: readonly UserFieldsFragment['status'][] = ['INVITED', 'EXPIRED'];

/** What the viewer may do about a person; nothing where they may do nothing. */
export function UserActions({ app: { appId, viewer: { may } }, user, label = DOTS, onAsk, onDone, onProblem }: Props): ReactNode {
  const { texts } = useLanguage();
  const resending = useChange(ResendInvitationDocument);
  const { status, role, kind, invitation } = user;
  const name = nameOf(user);
  const other = role === 'ADMIN' ? 'STANDARD' : 'ADMIN';
  const [isWanted, setWanted] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const target = useRef<HTMLButtonElement>(null);
  useEffect(() => onProblem(resending.problem), [resending.problem]);
  useEffect(() => {
    if (!isWanted) return;
    // The focus comes back here when the menu is closed.
    target.current?.focus();
    setOpen(true);
  }, [isWanted]);
  const resend = async (invitationId: string): Promise<void> => {
    onProblem(null);
    const answer = (await resending.run({ input: { appId, invitationId } }))?.resendInvitation;
    if (answer === undefined) return;
    if (isRefusal(answer)) onProblem(answer.message);
    else onDone(fill(texts.users.resent, { name }));
  };
  const mayInvite = may.includes(kind === 'PARTNER' ? 'INVITE_PARTNER' : 'INVITE_USER');
  const canResend = mayInvite && invitation != null && RESENDABLE.includes(status);
  const canRevoke = mayInvite && invitation != null && status === 'INVITED';
  const canChangeRole = may.includes('CHANGE_ROLES') && status === 'ACTIVE';
  const canRemove = may.includes('REMOVE_USERS') && status === 'ACTIVE';
  if (!canResend && !canChangeRole && !canRemove) return null;
  const button = { variant: 'default', size: 'compact-sm', 'aria-label': fill(texts.users.actions, { name }), 'aria-haspopup': 'menu', children: label } as const;
  // A menu takes longer than all the rest of a row, and most of them are never opened.
  if (!isWanted) return <Button {...button} aria-expanded={false} onClick={() => setWanted(true)} />;
  return (
    <Menu position="bottom-end" opened={isOpen} onChange={setOpen}>
      <Menu.Target><Button {...button} ref={target} loading={resending.isUnderWay} /></Menu.Target>
      <Menu.Dropdown>
        {canResend && <Menu.Item onClick={() => void resend(invitation.invitationId)}>{texts.users.resend}</Menu.Item>}
        {canRevoke && <Menu.Item onClick={() => onAsk({ what: 'revoke', user })}>{texts.users.revoke}</Menu.Item>}
        {canChangeRole && <Menu.Item onClick={() => onAsk({ what: 'role', user })}>{texts.users.makeRole[other]}</Menu.Item>}
        {canRemove && <Menu.Item color="red" onClick={() => onAsk({ what: 'remove', user })}>{texts.users.remove}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}
