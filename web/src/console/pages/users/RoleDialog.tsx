import { type AppFieldsFragment, ChangeUserRoleDocument, isRefusal, type UserFieldsFragment } from '@partner-access/client';
import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { nameOf } from '../../parts/names';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { ReasonField } from './ReasonField';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Asks before a person gets the other role. */
export function RoleDialog({ app: { appId }, user, onClose, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const change = useChange(ChangeUserRoleDocument);
  // The list behind the dialog may change the role in the meantime.
  const [role] = useState(user.role === 'ADMIN' ? 'STANDARD' as const : 'ADMIN' as const);
  const [reason, setReason] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const name = nameOf(user);
  const send = async (): Promise<void> => {
    setRefused(null);
    const answer = (await change.run({ input: { appId, userId: user.userId, role, reason: reason.trim() || null } }))?.changeUserRole;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onDone(fill(texts.users.roleChanged, { name, role: texts.roles[answer.user.role] }));
  };
  const close = (): void => {
    if (!change.isUnderWay) onClose();
  };
  return (
    <Modal opened onClose={close} title={fill(texts.users.makeRoleTitle[role], { name })} centered closeOnClickOutside={false} closeOnEscape={!change.isUnderWay} withCloseButton={!change.isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      <p>{fill(texts.users.makeRoleLead[role], { name })}</p>
      <ReasonField value={reason} onChange={setReason} hint={texts.users.reasonHint} isFixed={change.isUnderWay} />
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" disabled={change.isUnderWay} onClick={close}>{texts.cancel}</Button>
        <Button loading={change.isUnderWay} onClick={() => void send()}>{texts.users.makeRole[role]}</Button>
      </Group>
    </Modal>
  );
}
