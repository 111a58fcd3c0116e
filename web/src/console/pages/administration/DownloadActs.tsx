import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDownload } from '../../api/useDownload';
import { useHistoryTexts } from '../../texts/history/historyTexts';
import { useLanguage } from '../../texts/language';

interface Props {
  readonly from: string | null;
  readonly to: string | null;
  /** Is told why the file could not be had; null when it begins. */
  readonly onProblem: (problem: string | null) => void;
}

/** Saves all acts of a period as a sealed file. The other filters do not count: the file is whole. */
export function DownloadActs({ from, to, onProblem }: Props): ReactNode {
  const { texts: { cancel } } = useLanguage();
  const { administration: { file: texts } } = useHistoryTexts();
  const { isRunning, toggle } = useDownload(texts, onProblem);
  const query = new URLSearchParams({ ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) }).toString();
  return <Button variant="default" aria-busy={isRunning} onClick={() => toggle(`export/administration.ndjson${query === '' ? '' : `?${query}`}`)}>{isRunning ? `${texts.downloading} ${cancel}` : texts.download}</Button>;
}
