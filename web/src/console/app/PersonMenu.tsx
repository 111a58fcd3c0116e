import { Button, type MantineColorScheme, NativeSelect, Popover, Radio, Stack, Text, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSession } from '../signIn/session';
import { fill, isLanguage, LANGUAGES, useLanguage } from '../texts/language';
import { usePerson } from './person';

const SCHEMES: readonly MantineColorScheme[] = ['auto', 'light', 'dark'];

/** Who is signed in, their settings, and the way out. */
export function PersonMenu(): ReactNode {
  const { texts, language, choose } = useLanguage();
  const { name, keapId } = usePerson();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { signOut } = useSession();
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="compact-md" maw={220} aria-label={fill(texts.person.menu, { name })}>{name}</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm">{texts.person.signedInAs}<br /><strong>{keapId}</strong></Text>
          <Radio.Group label={texts.person.theme} value={colorScheme} onChange={(scheme) => setColorScheme(scheme)}>
            {SCHEMES.map((scheme) => <Radio key={scheme} mt="xs" value={scheme} label={texts.person.themes[scheme]} />)}
          </Radio.Group>
          <NativeSelect label={texts.person.language} value={language} onChange={({ currentTarget: { value } }) => { if (isLanguage(value)) choose(value); }}
            data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} />
          <Button variant="default" onClick={signOut}>{texts.person.signOut}</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
