import { isRefusal, possibleTypes, RegisterWebhookDocument, type WebhookFieldsFragment } from '@partner-access/client';
import { Button, Checkbox, Group, MultiSelect, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useChange } from '../../api/useChange';
import { useApps } from '../../app/useApps';
import { Dialog } from '../../parts/Dialog';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';

interface Props {
  /** The webhook whose settings the form begins with. */
  readonly like: WebhookFieldsFragment | null;
  readonly onClose: () => void;
  readonly onRegistered: (url: string, secret: string) => void;
}

const MOST_APPS = 20;
/** Every type of event that this console knows, by the name that receivers get. */
const TYPES = possibleTypes.MembershipEvent.filter((name) => name !== 'OtherEvent').map((name) => name.replace(/Event$/, ''));

/** Registers a webhook. */
export function RegisterDialog({ like, onClose, onRegistered }: Props): ReactNode {
  const { texts } = useLanguage();
  const { webhooks: words } = useOperatingTexts();
  const change = useChange(RegisterWebhookDocument);
  const [url, setUrl] = useState(like?.url ?? '');
  const [appIds, setAppIds] = useState<readonly string[]>(like?.appIds ?? []);
  const [types, setTypes] = useState<readonly string[]>(like?.types ?? []);
  const [personalData, setPersonalData] = useState(like?.personalData ?? false);
  const [search, setSearch] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const { apps } = useApps(search);
  const choices = [...new Map([...appIds.map((appId) => [appId, appId] as const), ...(apps ?? []).map(({ appId, accountName }) => [appId, accountName] as const)])];
  const register = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const address = url.trim();
    setRefused(null);
    setMistake(address === '' ? words.urlMissing : null);
    if (address === '') return;
    const answer = (await change.run({ input: { url: address, personalData, ...(appIds.length === 0 ? {} : { appIds: [...appIds] }), ...(types.length === 0 ? {} : { types: [...types] }) } }))?.registerWebhook;
    if (answer === undefined) return;
    if (!isRefusal(answer)) {
      onRegistered(address, answer.secret ?? '');
      return;
    }
    if (answer.field === 'url') setMistake(answer.message);
    else setRefused(answer.message);
  };
  return (
    <Dialog title={like === null ? words.register : words.copy} isUnderWay={change.isUnderWay} onClose={onClose}>
      <form noValidate onSubmit={(event) => void register(event)}>
        {like !== null && <p>{words.copyLead}</p>}
        <TextInput data-autofocus type="url" label={words.url} description={words.urlHint} value={url} error={mistake} autoComplete="off" autoCapitalize="off" spellCheck={false} readOnly={change.isUnderWay} onChange={({ currentTarget }) => setUrl(currentTarget.value)} />
        <MultiSelect mt="md" label={words.apps} description={fill(words.appsHint, { count: MOST_APPS })} data={choices.map(([value, label]) => ({ value, label }))} value={[...appIds]} onChange={setAppIds} maxValues={MOST_APPS} limit={100} searchable searchValue={search} onSearchChange={setSearch} readOnly={change.isUnderWay} />
        <MultiSelect mt="md" label={words.types} description={words.typesHint} data={TYPES} value={[...types]} onChange={setTypes} searchable readOnly={change.isUnderWay} />
        <Checkbox mt="md" label={words.personalData} description={words.personalDataHint} checked={personalData} disabled={change.isUnderWay} onChange={({ currentTarget }) => setPersonalData(currentTarget.checked)} />
        <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
        <Group justify="flex-end" mt="lg">
          <Button variant="default" disabled={change.isUnderWay} onClick={onClose}>{texts.cancel}</Button>
          <Button type="submit" loading={change.isUnderWay}>{words.register}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
