import { useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../parts/Announcer';
import { useSession } from '../signIn/session';
import { fill, useLanguage } from '../texts/language';
import { download, DownloadFailed, save } from './download';

/** What is said of a download. */
export interface DownloadTexts {
  readonly downloading: string;
  readonly downloaded: string;
  /** Has a place for the `reason`. */
  readonly failed: string;
}

/** A file that may be under way. */
interface Download {
  readonly isRunning: boolean;
  /** Begins to download a file from this path, or stops the one that is under way. */
  readonly toggle: (path: string) => void;
}

/** Lets a person save a file of the service. Leaving the page stops it. @param onProblem is told why it failed; null when it begins. */
export function useDownload(texts: DownloadTexts, onProblem: (problem: string | null) => void): Download {
  const { texts: { problems } } = useLanguage();
  const session = useSession();
  const announce = useAnnounce();
  const running = useRef<AbortController | null>(null);
  const [isRunning, setRunning] = useState(false);
  useEffect(() => () => running.current?.abort(), []);
  const stop = (): void => {
    running.current?.abort();
    running.current = null;
    setRunning(false);
  };
  const start = async (path: string): Promise<void> => {
    const run = new AbortController();
    running.current = run;
    setRunning(true);
    onProblem(null);
    announce(texts.downloading);
    try {
      const { content, name } = await download(session, path, run.signal);
      save(content, name);
      announce(texts.downloaded);
    } catch (error) {
      if (run.signal.aborted) return;
      if (!(error instanceof DownloadFailed)) throw error;
      onProblem(fill(texts.failed, { reason: error.reason ?? problems.away }));
    }
    stop();
  };
  return { isRunning, toggle: (path) => (isRunning ? stop() : void start(path)) };
}
