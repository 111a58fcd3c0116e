import type { ReactNode } from 'react';
import { Page } from '../../parts/Page';
import { useLanguage } from '../../texts/language';
import { VerifyTextsProvider } from '../../texts/verify/verifyTexts';
import { Verification } from './Verification';

/** Verifies evidence in the browser. */
export function VerifyPage(): ReactNode {
  const { texts } = useLanguage();
  return <Page title={texts.verify.title}><VerifyTextsProvider><Verification /></VerifyTextsProvider></Page>;
}
