import { isRefusal, RemoveWebhookDocument, type WebhookFieldsFragment } from '@partner-access/client';
import { Button, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';

interface Props {
  readonly webhook: WebhookFieldsFragment;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Asks before a webhook is deleted. */
export function RemoveWebhookDialog({ webhook: { webhookId, url }, onClose, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const change = useChange(RemoveWebhookDocument);
  const [refused, setRefused] = useState<string | null>(null);
  const remove = async (): Promise<void> => {
    setRefused(null);
    const answer = (await change.run({ input: { webhookId } }))?.removeWebhook;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onDone(fill(words.removed, { url }));
  };
  return (
    <Dialog title={words.removeTitle} isUnderWay={change.isUnderWay} onClose={onClose}>
      <p>{fill(words.removeLead, { url })}</p>
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" disabled={change.isUnderWay} onClick={onClose}>{texts.cancel}</Button>
        <Button color="red" loading={change.isUnderWay} onClick={() => void remove()}>{words.remove}</Button>
      </Group>
    </Dialog>
  );
}
