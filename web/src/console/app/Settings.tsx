import { type MantineColorScheme, NativeSelect, Radio, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { isLanguage, LANGUAGES, useLanguage } from '../texts/language';

const SCHEMES: readonly MantineColorScheme[] = ['auto', 'light', 'dark'];

/** The theme and the language, which this browser keeps. */
export function Settings(): ReactNode {
  const { texts, language, choose } = useLanguage();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Radio.Group label={texts.person.theme} value={colorScheme} onChange={(scheme) => setColorScheme(scheme)}>
        {SCHEMES.map((scheme) => <Radio key={scheme} mt="xs" value={scheme} label={texts.person.themes[scheme]} />)}
      </Radio.Group>
      <NativeSelect label={texts.person.language} value={language} onChange={({ currentTarget: { value } }) => { if (isLanguage(value)) choose(value); }}
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} />
    </>
  );
}
