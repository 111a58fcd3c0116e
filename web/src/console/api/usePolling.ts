import { useDocumentVisibility, useInterval } from '@mantine/hooks';
import { useEffect, useRef } from 'react';

/** Pause between two readings of what changes without a subscription that tells, in milliseconds. */
const PAUSE_MS = 4_000;

/** Reads again and again while the page is in sight. */
export function usePolling(read: () => void): void {
  const latest = useRef(read);
  latest.current = read;
  const { start, stop } = useInterval(() => latest.current(), PAUSE_MS);
  const isVisible = useDocumentVisibility() === 'visible';
  useEffect(() => {
    if (isVisible) start();
    return stop;
  }, [isVisible]);
}
