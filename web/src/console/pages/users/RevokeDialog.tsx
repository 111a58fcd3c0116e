import { type AppFieldsFragment, isRefusal, RevokeInvitationDocument, type UserFieldsFragment } from '@partner-access/client';
import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { nameOf } from '../../parts/names';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Asks before an invitation is revoked. */
export function RevokeDialog({ app: { appId }, user, onClose, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const change = useChange(RevokeInvitationDocument);
  const [refused, setRefused] = useState<string | null>(null);
  const name = nameOf(user);
  const revoke = async (): Promise<void> => {
    setRefused(null);
    const answer = (await change.run({ input: { appId, invitationId: user.invitation?.invitationId ?? '' } }))?.revokeInvitation;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onDone(fill(texts.users.revoked, { name }));
  };
  const close = (): void => {
    if (!change.isUnderWay) onClose();
  };
  return (
    <Modal opened onClose={close} title={fill(texts.users.revokeTitle, { name })} centered closeOnClickOutside={false} closeOnEscape={!change.isUnderWay} withCloseButton={!change.isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      <p>{fill(texts.users.revokeLead, { name })}</p>
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" disabled={change.isUnderWay} onClick={close}>{texts.cancel}</Button>
        <Button color="red" loading={change.isUnderWay} onClick={() => void revoke()}>{texts.users.revoke}</Button>
      </Group>
    </Modal>
  );
}
