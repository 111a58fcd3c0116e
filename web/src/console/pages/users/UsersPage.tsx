import type { ReactNode } from 'react';
import { useChosenApp } from '../../app/chosenApp';
import { WhichApp } from '../../app/WhichApp';
import { useLanguage } from '../../texts/language';
import { UsersOfApp } from './UsersOfApp';

/** Who has access to an app, who is invited, and everything that its admins do about them. */
export function UsersPage(): ReactNode {
  const { texts: { users } } = useLanguage();
  const { appId } = useChosenApp();
  return appId === null ? <WhichApp title={users.title} lead={users.whichApp} show={users.show} /> : <UsersOfApp key={appId} appId={appId} />;
}
