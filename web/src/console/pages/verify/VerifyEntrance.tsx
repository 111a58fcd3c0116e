import { Button, Group, Popover, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Settings } from '../../app/Settings';
import { Shell } from '../../app/Shell';
import { useVerifyTexts, VerifyTextsProvider } from '../../texts/verify/verifyTexts';
import { VerifyPage } from './VerifyPage';

interface Props {
  readonly onSignIn: () => void;
}

/** The same page for somebody who has not signed in, such as an auditor from outside who was given a file. */
export const VerifyEntrance = (props: Props): ReactNode => <VerifyTextsProvider><Shell menu={<Menu {...props} />}><VerifyPage /></Shell></VerifyTextsProvider>;

function Menu({ onSignIn }: Props): ReactNode {
  const texts = useVerifyTexts();
  return (
    <Group gap="xs" ml="auto">
      <Popover position="bottom-end" width={280} trapFocus returnFocus>
        <Popover.Target><Button variant="default" size="compact-md">{texts.settings}</Button></Popover.Target>
        <Popover.Dropdown><Stack gap="sm"><Settings /></Stack></Popover.Dropdown>
      </Popover>
      <Button variant="default" size="compact-md" onClick={onSignIn}>{texts.signIn}</Button>
    </Group>
  );
}
