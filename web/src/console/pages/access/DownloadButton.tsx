import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { download, DownloadFailed, save } from '../../api/download';
import { useAnnounce } from '../../parts/Announcer';
import { useSession } from '../../signIn/session';
import { useAccessTexts } from '../../texts/access/accessTexts';
import { fill, useLanguage } from '../../texts/language';
import { fileOf, useAccessAddress } from './address';

/** Saves the list that the filters ask for as a file. @param onProblem is told why that failed; null when it begins. */
export function DownloadButton({ onProblem }: { readonly onProblem: (problem: string | null) => void }): ReactNode {
  const { texts: { problems, cancel } } = useLanguage();
  const texts = useAccessTexts();
  const session = useSession();
  const address = useAccessAddress();
  const announce = useAnnounce();
  const running = useRef<AbortController | null>(null);
  const [isRunning, setRunning] = useState(false);
  useEffect(() => () => running.current?.abort(), []);
  const stop = (): void => {
    running.current?.abort();
    running.current = null;
    setRunning(false);
  };
  const start = async (): Promise<void> => {
    const run = new AbortController();
    running.current = run;
    setRunning(true);
    onProblem(null);
    announce(texts.downloading);
    try {
      const { content, name } = await download(session, fileOf(address), run.signal);
      save(content, name);
      announce(texts.downloaded);
    } catch (error) {
      if (run.signal.aborted) return;
      if (!(error instanceof DownloadFailed)) throw error;
      onProblem(fill(texts.failed, { reason: error.reason ?? problems.away }));
    }
    stop();
  };
  // One button, which keeps the focus.
  return <Button variant="default" aria-busy={isRunning} onClick={() => (isRunning ? stop() : void start())}>{isRunning ? `${texts.downloading} ${cancel}` : texts.download}</Button>;
}
