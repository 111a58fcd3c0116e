import { type AppFieldsFragment, matchResult, RemoveUserDocument, type UserFieldsFragment } from '@partner-access/client';
import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { MemberSelect } from '../../parts/MemberSelect';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { nameOf } from '../../parts/names';
import { ReasonField } from './ReasonField';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Asks before a person is removed, and to whom their contacts go. */
export function RemoveDialog({ app: { appId, accountName }, user, onClose, onDone }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const change = useChange(RemoveUserDocument);
  const [count, setCount] = useState(user.assignedContactCount);
  const [reason, setReason] = useState('');
  const [heir, setHeir] = useState<string | null>(null);
  const [missing, setMissing] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const name = nameOf(user);
  const remove = async (): Promise<void> => {
    setRefused(null);
    setMissing(count > 0 && heir === null ? texts.users.giveToMissing : null);
    if (count > 0 && heir === null) return;
    const answer = (await change.run({ input: { appId, userId: user.userId, reason: reason.trim() || null, ...(heir === null ? {} : { reassignContactsTo: heir }) } }))?.removeUser;
    if (answer === undefined) return;
    matchResult(answer, {
      RemoveUserSuccess: () => onDone(fill(texts.users.removed, { name })),
      HasAssignedContacts: ({ count: found, message }) => {
        setCount(found);
        setRefused(message);
      },
      Rejection: ({ message }) => setRefused(message),
    });
  };
  const close = (): void => {
    if (!change.isUnderWay) onClose();
  };
  return (
    <Modal opened onClose={close} title={fill(texts.users.removeTitle, { name })} centered closeOnClickOutside={false} closeOnEscape={!change.isUnderWay} withCloseButton={!change.isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      <p>{fill(texts.users.removeLead, { name, app: accountName })}</p>
      {count > 0 && (
        <>
          <p>{format.plural(texts.users.contacts, count, { name })}</p>
          <MemberSelect appId={appId} exceptUserId={user.userId} label={texts.users.giveTo} description={texts.users.giveToHint} error={missing} value={heir} onChange={setHeir} />
        </>
      )}
      <ReasonField value={reason} onChange={setReason} hint={texts.users.reasonHint} isFixed={change.isUnderWay} />
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" disabled={change.isUnderWay} onClick={close}>{texts.cancel}</Button>
        <Button color="red" loading={change.isUnderWay} onClick={() => void remove()}>{texts.users.removeButton}</Button>
      </Group>
    </Modal>
  );
}
