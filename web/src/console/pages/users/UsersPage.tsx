import { Button, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useChosenApp } from '../../app/chosenApp';
import { Page } from '../../parts/Page';
import { useLanguage } from '../../texts/language';
import classes from './users.module.css';
import { UsersOfApp } from './UsersOfApp';

/** Who has access to an app, who is invited, and everything that its admins do about them. */
export function UsersPage(): ReactNode {
  const { appId } = useChosenApp();
  return appId === null ? <WhichApp /> : <UsersOfApp key={appId} appId={appId} />;
}

function WhichApp(): ReactNode {
  const { texts } = useLanguage();
  const { choose } = useChosenApp();
  const [typed, setTyped] = useState('');
  const show = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (typed.trim() !== '') choose(typed.trim());
  };
  return (
    <Page title={texts.users.title}>
      <form className={classes['which']} onSubmit={show}>
        <p>{texts.users.whichApp}</p>
        <TextInput label={texts.users.appId} value={typed} onChange={({ currentTarget }) => setTyped(currentTarget.value)} autoComplete="off" />
        <Button type="submit" mt="sm">{texts.users.show}</Button>
      </form>
    </Page>
  );
}
