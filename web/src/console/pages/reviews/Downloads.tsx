import { Button, Group } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { download, DownloadFailed, save } from '../../api/download';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { Problem } from '../../parts/Problem';
import { VerifyLink } from '../../parts/VerifyLink';
import { useSession } from '../../signIn/session';
import { fill, useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import classes from './reviews.module.css';

type Format = 'ndjson' | 'html';

/** A signed-off review as a sealed file, and as a page to print with the sealed file in it. */
export function Downloads({ reviewId }: { readonly reviewId: string }): ReactNode {
  const { language, texts: { problems } } = useLanguage();
  const words = useReviewTexts();
  const session = useSession();
  const announce = useAnnounce();
  const [loading, setLoading] = useState<Format | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => { leaving.current.abort(); };
  }, []);
  const start = async (format: Format): Promise<void> => {
    if (loading !== null) return;
    setLoading(format);
    setProblem(null);
    const { signal } = leaving.current;
    try {
      const { content, name } = await download(session, `export/review.${format}?review=${encodeURIComponent(reviewId)}${format === 'html' ? `&language=${language}` : ''}`, signal);
      save(content, name);
      announce(words.downloaded);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof DownloadFailed)) throw error;
      setProblem(fill(words.notDownloaded, { reason: error.reason ?? problems.away }));
    }
    setLoading(null);
  };
  return (
    <div className={classes['screen']}>
      <Block title={words.evidence}>
        <p>{words.evidenceLead}</p>
        <Group gap="xs">
          <Button variant="default" loading={loading === 'ndjson'} onClick={() => void start('ndjson')}>{words.sealedFile}</Button>
          <Button variant="default" loading={loading === 'html'} onClick={() => void start('html')}>{words.report}</Button>
        </Group>
        <Problem>{problem}</Problem>
        <VerifyLink />
      </Block>
    </div>
  );
}
