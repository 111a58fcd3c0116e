import { Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../texts/language';
import { useChosenApp } from './chosenApp';

/** Lets the person choose the app that the page is about, by any part of its label. */
export function AppSwitcher(): ReactNode {
  const { texts } = useLanguage();
  const { appId, choices, choose } = useChosenApp();
  const known = choices.map(({ appId: value, label }) => ({ value, label }));
  const all = appId === null || known.some(({ value }) => value === appId) ? known : [{ value: appId, label: appId }, ...known];
  return (
    <Select aria-label={texts.apps.switcher} data={all} value={appId} searchable limit={100} allowDeselect={false} checkIconPosition="right"
      onChange={(chosen) => { if (chosen !== null) choose(chosen); }} />
  );
}
