import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDownload } from '../../api/useDownload';
import { useAccessTexts } from '../../texts/access/accessTexts';
import { useLanguage } from '../../texts/language';
import { fileOf, useAccessAddress } from './address';

/** Saves the list that the filters ask for as a file. @param onProblem is told why that failed; null when it begins. */
export function DownloadButton({ onProblem }: { readonly onProblem: (problem: string | null) => void }): ReactNode {
  const { texts: { cancel } } = useLanguage();
  const texts = useAccessTexts();
  const address = useAccessAddress();
  const { isRunning, toggle } = useDownload(texts, onProblem);
  // One button, which keeps the focus.
  return <Button variant="default" aria-busy={isRunning} onClick={() => toggle(fileOf(address))}>{isRunning ? `${texts.downloading} ${cancel}` : texts.download}</Button>;
}
