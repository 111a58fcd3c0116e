import { type AppFieldsFragment, InviteUserDocument, isRefusal, type UserRole } from '@partner-access/client';
import { Button, Group, Modal, Textarea } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useChange } from '../../api/useChange';
import { useAnnounce } from '../../parts/Announcer';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { ReasonField } from './ReasonField';
import { RoleChoice } from './RoleChoice';
import classes from './users.module.css';

interface Props {
  readonly app: AppFieldsFragment;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

interface Answer {
  readonly keapId: string;
  readonly text: string;
  readonly isInvited: boolean;
}

const MOST = 100;

const addressesIn = (text: string): readonly string[] => [...new Set(text.split(/[\s,;]+/).filter((address) => address !== ''))];

/** Invites one or many users. Each address has its own answer, and those that were not invited stay in the field. */
export function AddUsers({ app: { appId, viewer: { may } }, isOpen, onClose }: Props): ReactNode {
  const { texts } = useLanguage();
  const announce = useAnnounce();
  const change = useChange(InviteUserDocument);
  const [typed, setTyped] = useState('');
  const [role, setRole] = useState<UserRole>('STANDARD');
  const [reason, setReason] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const [answers, setAnswers] = useState<readonly Answer[]>([]);
  const [isSending, setSending] = useState(false);
  const close = (): void => {
    if (isSending) return;
    setMistake(null);
    setAnswers([]);
    onClose();
  };
  const send = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    if (isSending) return;
    const addresses = addressesIn(typed);
    const wrong = addresses.length === 0 ? texts.users.addressesMissing : addresses.length > MOST ? fill(texts.users.addressesMany, { count: MOST }) : null;
    setMistake(wrong);
    if (wrong !== null) return;
    setAnswers([]);
    setSending(true);
    const given: Answer[] = [];
    for (const keapId of addresses) {
      const answer = (await change.run({ input: { appId, keapId, role, reason: reason.trim() || null } }))?.inviteUser;
      // Without an answer the server is away, and the rest waits for another attempt.
      if (answer === undefined) break;
      given.push(isRefusal(answer) ? { keapId, text: answer.message, isInvited: false } : { keapId, text: texts.users.answerInvited, isInvited: true });
      setAnswers([...given]);
    }
    setSending(false);
    const invited = new Set(given.filter(({ isInvited }) => isInvited).map(({ keapId }) => keapId));
    setTyped(addresses.filter((address) => !invited.has(address)).join('\n'));
    announce(given.map(({ keapId, text }) => fill(texts.users.answer, { keapId, answer: text })).join(' '));
  };
  return (
    <Modal opened={isOpen} onClose={close} title={texts.users.addUsers} centered closeOnClickOutside={false} closeOnEscape={!isSending} withCloseButton={!isSending} closeButtonProps={{ 'aria-label': texts.close }}>
      <form noValidate onSubmit={(event) => void send(event)}>
        <p>{texts.users.addUsersLead}</p>
        <Textarea data-autofocus label={texts.users.addresses} description={texts.users.addressesHint} value={typed} error={mistake} rows={4} autoComplete="off" autoCapitalize="off" spellCheck={false} readOnly={isSending} onChange={({ currentTarget }) => setTyped(currentTarget.value)} />
        <RoleChoice value={role} onChange={setRole} mayBeAdmin={may.includes('INVITE_ADMIN')} />
        <ReasonField value={reason} onChange={setReason} hint={texts.users.reasonToldHint} isFixed={isSending} />
        <Problem>{change.problem}</Problem>
        {answers.length > 0 && (
          <ul className={classes['answers']} aria-label={texts.users.answers}>
            {answers.map(({ keapId, text, isInvited }) => <li key={keapId} data-invited={isInvited}>{fill(texts.users.answer, { keapId, answer: text })}</li>)}
          </ul>
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={isSending} onClick={close}>{texts.close}</Button>
          <Button type="submit" loading={isSending}>{texts.users.sendInvitations}</Button>
        </Group>
      </form>
    </Modal>
  );
}
