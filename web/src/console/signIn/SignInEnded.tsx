import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Banner } from '../parts/Banner';
import { useLanguage } from '../texts/language';

/** Says that the sign-in has ended, above the page and what was typed there. */
export function SignInEnded({ onAgain }: { readonly onAgain: () => void }): ReactNode {
  const { texts } = useLanguage();
  return <Banner>{texts.signIn.ended} <Button size="compact-sm" variant="outline" onClick={onAgain}>{texts.signIn.again}</Button></Banner>;
}
