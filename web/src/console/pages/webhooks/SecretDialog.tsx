import { Button, CopyButton, Group, Modal, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';

interface Props {
  readonly url: string;
  readonly secret: string;
  readonly onClose: () => void;
}

/** Shows the secret of a new webhook, once. It is closed by its button only, since the secret is gone then. */
export function SecretDialog({ url, secret, onClose }: Props): ReactNode {
  const { texts } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  return (
    <Modal opened onClose={onClose} title={words.secretTitle} centered closeOnClickOutside={false} closeOnEscape={false} withCloseButton={false}>
      <p>{fill(words.secretLead, { url })}</p>
      <TextInput data-autofocus label={words.secret} value={secret} readOnly onFocus={({ currentTarget }) => currentTarget.select()} />
      <Group justify="flex-end" mt="lg">
        <CopyButton value={secret}>
          {({ copied, copy }) => <Button variant="default" onClick={copy}>{copied ? texts.copied : words.copySecret}</Button>}
        </CopyButton>
        <Button onClick={onClose}>{words.secretKept}</Button>
      </Group>
    </Modal>
  );
}
