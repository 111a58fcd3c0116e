import { Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useLanguage } from '../texts/language';
import { useChosenApp } from './chosenApp';
import { usePerson } from './person';
import { useApps } from './useApps';

/** So many apps are offered at a time; typing narrows them down. */
const MOST_OFFERED = 100;
const APP_ID = /^[a-z][a-z0-9-]{1,39}$/;

/** Lets the person choose the app that the page is about, by any part of its label. Auditors choose among all apps, and so do operators without apps of their own. */
export function AppSwitcher(): ReactNode {
  const { texts } = useLanguage();
  const { isAuditor, isOperator, accounts } = usePerson();
  const seesAll = isAuditor || (isOperator && accounts.length === 0);
  const { appId, choices, choose } = useChosenApp();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const labels = new Map(choices.map(({ appId: own, label }) => [own, label]));
  const search = typed === labels.get(appId ?? '') ? '' : typed.trim();
  const { apps, hasMore } = useApps(search, !seesAll || !isOpen);
  for (const app of apps ?? []) if (!labels.has(app.appId)) labels.set(app.appId, app.accountName);
  if (appId !== null && !labels.has(appId)) labels.set(appId, appId);
  // Not every app was looked at, and an id is enough to open one.
  if (seesAll && hasMore && APP_ID.test(search) && !labels.has(search)) labels.set(search, search);
  return (
    <Select aria-label={texts.apps.switcher} data={[...labels].map(([value, label]) => ({ value, label }))} value={appId} searchable searchValue={typed} onSearchChange={setTyped}
      limit={MOST_OFFERED} allowDeselect={false} checkIconPosition="right" onDropdownOpen={() => setOpen(true)} {...(seesAll ? { placeholder: texts.apps.search } : {})}
      onChange={(chosen) => { if (chosen !== null) choose(chosen); }} />
  );
}
