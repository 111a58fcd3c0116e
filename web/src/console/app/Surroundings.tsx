import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { Announcer } from '../parts/Announcer';
import { LanguageProvider } from '../texts/language';
import { styleNonce } from '../theme/nonce';
import { cssVariables, theme } from '../theme/theme';

const colorSchemes = localStorageColorSchemeManager({ key: 'theme' });

/** What every page has around it, also before somebody has signed in. */
export function Surroundings({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} getStyleNonce={() => styleNonce} colorSchemeManager={colorSchemes} defaultColorScheme="auto">
      <LanguageProvider>
        <Announcer>{children}</Announcer>
      </LanguageProvider>
    </MantineProvider>
  );
}
