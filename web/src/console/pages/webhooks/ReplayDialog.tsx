import { isRefusal, ReplayWebhookDocument, type WebhookFieldsFragment } from '@partner-access/client';
import { Button, Group, Radio, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
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

type Which = 'deadLetters' | 'after' | 'all';

/** Asks which events are sent to a webhook again. */
export function ReplayDialog({ webhook: { webhookId, url, deadLetterCount, position: delivered }, onClose, onDone }: Props): ReactNode {
  const { texts } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const change = useChange(ReplayWebhookDocument);
  const [which, setWhich] = useState<Which>(deadLetterCount > 0 ? 'deadLetters' : 'after');
  const [position, setPosition] = useState(delivered);
  const [mistake, setMistake] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const replay = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const after = which === 'all' ? '0' : position.trim();
    setRefused(null);
    setMistake(after === '' && which === 'after' ? words.positionMissing : null);
    if (after === '' && which === 'after') return;
    const answer = (await change.run({ input: { webhookId, ...(which === 'deadLetters' ? { deadLetters: true } : { after }) } }))?.replayWebhook;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onDone(fill(words.replayed, { url }));
  };
  return (
    <Dialog title={words.replayTitle} isUnderWay={change.isUnderWay} onClose={onClose}>
      <form noValidate onSubmit={(event) => void replay(event)}>
        <p>{fill(words.replayLead, { url })}</p>
        <Radio.Group label={words.which} value={which} onChange={setWhich}>
          <Radio mt="xs" value="deadLetters" label={words.replayDeadLetters} disabled={deadLetterCount === 0} />
          <Radio mt="xs" value="after" label={words.replayAfter} />
          <Radio mt="xs" value="all" label={words.replayAll} />
        </Radio.Group>
        {which === 'after' && <TextInput mt="md" label={words.replayPosition} value={position} error={mistake} autoComplete="off" readOnly={change.isUnderWay} onChange={({ currentTarget }) => setPosition(currentTarget.value)} />}
        <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={change.isUnderWay} onClick={onClose}>{texts.cancel}</Button>
          <Button type="submit" loading={change.isUnderWay}>{words.replay}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
