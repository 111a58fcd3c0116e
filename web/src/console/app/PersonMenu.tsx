import { Button, Popover, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSession } from '../signIn/session';
import { fill, useLanguage } from '../texts/language';
import { usePerson } from './person';
import { Settings } from './Settings';

/** Who is signed in, their settings, and the way out. */
export function PersonMenu(): ReactNode {
  const { texts } = useLanguage();
  const { name, keapId } = usePerson();
  const { signOut } = useSession();
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" size="compact-md" maw="min(100%, 14rem)" miw={0} aria-label={fill(texts.person.menu, { name })}><Text span inherit truncate>{name}</Text></Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm">{texts.person.signedInAs}<br /><strong>{keapId}</strong></Text>
          <Settings />
          <Button variant="default" onClick={signOut}>{texts.person.signOut}</Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
