import { type AppFieldsFragment, InvitePartnerDocument, isRefusal, type UserRole } from '@partner-access/client';
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useChange } from '../../api/useChange';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { ReasonField } from './ReasonField';
import { RoleChoice } from './RoleChoice';

interface Props {
  readonly app: AppFieldsFragment;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Is told what was done, in a sentence. */
  readonly onDone: (done: string) => void;
}

/** Invites a partner by their Keap ID. */
export function AddPartner({ app: { appId, viewer: { may } }, isOpen, onClose, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const change = useChange(InvitePartnerDocument);
  const [keapId, setKeapId] = useState('');
  const [role, setRole] = useState<UserRole>('STANDARD');
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const close = (): void => {
    if (change.isUnderWay) return;
    setMissing(null);
    setRefused(null);
    onClose();
  };
  const send = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const address = keapId.trim();
    setRefused(null);
    setMissing(address === '' ? texts.users.keapIdMissing : null);
    if (address === '') return;
    const answer = (await change.run({ input: { appId, keapId: address, role, reason: reason.trim() || null } }))?.invitePartner;
    if (answer === undefined) return;
    if (isRefusal(answer)) {
      setRefused(answer.message);
      return;
    }
    setKeapId('');
    setRole('STANDARD');
    setReason('');
    onDone(fill(texts.users.invited, { keapId: answer.user.keapId }));
  };
  return (
    <Modal opened={isOpen} onClose={close} title={texts.users.addPartner} centered closeOnClickOutside={false} closeOnEscape={!change.isUnderWay} withCloseButton={!change.isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      <form noValidate onSubmit={(event) => void send(event)}>
        <p>{texts.users.addPartnerLead}</p>
        <TextInput data-autofocus type="email" label={texts.users.keapId} description={texts.users.keapIdHint} value={keapId} error={missing} autoComplete="off" autoCapitalize="off" spellCheck={false} readOnly={change.isUnderWay} onChange={({ currentTarget }) => setKeapId(currentTarget.value)} />
        <RoleChoice value={role} onChange={setRole} mayBeAdmin={may.includes('INVITE_ADMIN')} />
        <ReasonField value={reason} onChange={setReason} hint={texts.users.reasonToldHint} isFixed={change.isUnderWay} />
        <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={change.isUnderWay} onClick={close}>{texts.cancel}</Button>
          <Button type="submit" loading={change.isUnderWay}>{texts.users.sendInvitation}</Button>
        </Group>
      </form>
    </Modal>
  );
}
