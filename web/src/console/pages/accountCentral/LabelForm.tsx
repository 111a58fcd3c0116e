import { type AccountFieldsFragment, isRefusal, SetAccountLabelDocument } from '@partner-access/client';
import { Button, TextInput } from '@mantine/core';
import { type SyntheticEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { useAnnounce } from '../../parts/Announcer';
import { Problem } from '../../parts/Problem';
import { useLanguage } from '../../texts/language';
import classes from './accountCentral.module.css';

const MAX_CHARACTERS = 100;

/** The person's own name for an app. */
export function LabelForm({ account: { appId, label: current } }: { readonly account: AccountFieldsFragment }): ReactNode {
  const { texts } = useLanguage();
  const announce = useAnnounce();
  const change = useChange(SetAccountLabelDocument);
  const [label, setLabel] = useState(current);
  const [refused, setRefused] = useState<string | null>(null);
  const [isSaved, setSaved] = useState(false);
  const save = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const { length } = [...label.trim()];
    setSaved(false);
    setRefused(length < 1 || length > MAX_CHARACTERS ? texts.configure.labelMissing : null);
    if (length < 1 || length > MAX_CHARACTERS) return;
    const answer = (await change.run({ input: { appId, label } }))?.setAccountLabel;
    if (answer === undefined) return;
    if (isRefusal(answer)) {
      setRefused(answer.message);
      return;
    }
    setLabel(answer.account.label);
    setSaved(true);
    announce(texts.saved);
  };
  return (
    <form className={classes['form']} noValidate onSubmit={(event) => void save(event)}>
      <TextInput label={texts.configure.label} description={texts.configure.labelHint} value={label} error={refused} onChange={({ currentTarget }) => { setLabel(currentTarget.value); setSaved(false); }} />
      <Problem>{change.problem}</Problem>
      <Button type="submit" mt="sm" loading={change.isUnderWay}>{texts.save}</Button>
      {isSaved && <span data-saved>{` ${texts.saved}`}</span>}
    </form>
  );
}
