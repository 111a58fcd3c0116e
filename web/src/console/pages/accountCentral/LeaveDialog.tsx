import { type AccountFieldsFragment, LeaveAppDocument, matchResult } from '@partner-access/client';
import { Button, Group, Modal, TextInput } from '@mantine/core';
import { type SyntheticEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { ACCOUNTS_PER_PAGE } from '../../app/person';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { AssignedContacts } from './AssignedContacts';

interface Props {
  readonly account: AccountFieldsFragment;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onLeft: () => void;
}

/** Asks for the app's id before the person leaves it. The dialog stays until the answer is there. */
export function LeaveDialog({ account, isOpen, onClose, onLeft }: Props): ReactNode {
  const { texts } = useLanguage();
  const { appId, accountName } = account;
  const change = useChange(LeaveAppDocument);
  const [typed, setTyped] = useState('');
  const [mismatch, setMismatch] = useState<string | null>(null);
  const [refused, setRefused] = useState<ReactNode>(null);
  const leave = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setRefused(null);
    const isSame = typed.trim() === appId;
    setMismatch(isSame ? null : fill(texts.configure.mismatch, { appId }));
    if (!isSame) return;
    const answer = (await change.run({ input: { appId, confirmAppId: typed.trim() }, first: ACCOUNTS_PER_PAGE }))?.leaveApp;
    if (answer === undefined) return;
    matchResult(answer, {
      LeaveAppSuccess: onLeft,
      HasAssignedContacts: ({ count, sample }) => setRefused(<AssignedContacts account={account} found={{ count, sample }} onGiven={() => setRefused(null)} />),
      Rejection: ({ message }) => setRefused(<Problem>{message}</Problem>),
    });
  };
  const close = (): void => {
    if (change.isUnderWay) return;
    setTyped('');
    setMismatch(null);
    setRefused(null);
    onClose();
  };
  return (
    <Modal opened={isOpen} onClose={close} title={fill(texts.configure.leaveTitle, { app: accountName })} centered closeOnClickOutside={false} closeOnEscape={!change.isUnderWay} withCloseButton={!change.isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      <form noValidate onSubmit={(event) => void leave(event)}>
        <p>{fill(texts.configure.leaveLead, { app: accountName })}</p>
        <TextInput data-autofocus label={fill(texts.configure.confirm, { appId })} value={typed} error={mismatch} autoComplete="off" autoCapitalize="off" spellCheck={false} readOnly={change.isUnderWay} onChange={({ currentTarget }) => setTyped(currentTarget.value)} />
        <div aria-live="polite">{refused}<Problem>{change.problem}</Problem></div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={change.isUnderWay} onClick={close}>{texts.cancel}</Button>
          <Button type="submit" color="red" loading={change.isUnderWay}>{texts.configure.leaveButton}</Button>
        </Group>
      </form>
    </Modal>
  );
}
