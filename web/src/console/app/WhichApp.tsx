import { Button, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { Page } from '../parts/Page';
import { useLanguage } from '../texts/language';
import { useChosenApp } from './chosenApp';

interface Props {
  readonly title: string;
  /** Says what the id is needed for. */
  readonly lead: string;
  readonly show: string;
}

/** Asks somebody without an app of their own which app the page is about. */
export function WhichApp({ title, lead, show }: Props): ReactNode {
  const { texts } = useLanguage();
  const { choose } = useChosenApp();
  const [typed, setTyped] = useState('');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (typed.trim() !== '') choose(typed.trim());
  };
  return (
    <Page title={title}>
      <form onSubmit={submit}>
        <p>{lead}</p>
        <TextInput label={texts.apps.id} value={typed} onChange={({ currentTarget }) => setTyped(currentTarget.value)} autoComplete="off" maw="28rem" />
        <Button type="submit" mt="sm">{show}</Button>
      </form>
    </Page>
  );
}
