import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Steps } from '../../concurrency';

/** How a file is sent. */
interface SendingOptions {
  /** Called with the milliseconds that a part took. */
  readonly worked: (ms: number) => void;
  /** Whether the next part has to wait, because whoever reads the file has little time left. */
  readonly waits: () => boolean;
  /** A client that takes nothing for this time is disconnected, in milliseconds. */
  readonly stallMs: number;
  /** The file is broken off after this time, in milliseconds. */
  readonly mostMs: number;
}

/** How long a file waits for its reader to have time again. */
const WAIT_MS = 50;

/**
 * Writes parts into a response as fast as it is read, and lets the event loop run in between.
 * @returns whether all of it was written. Otherwise the connection is closed, so that nobody takes a part for the whole file.
 */
export async function writeParts(response: ServerResponse, parts: Iterator<string, void> | AsyncIterator<string, void>, { worked, waits, stallMs, mostMs }: SendingOptions): Promise<boolean> {
  const until = performance.now() + mostMs;
  const steps = new Steps();
  for (;;) {
    while (waits() && !response.destroyed && performance.now() < until) await pause(WAIT_MS, undefined, { ref: false });
    if (response.destroyed || performance.now() >= until) break;
    const startedAt = performance.now();
    const { done, value } = await parts.next();
    worked(performance.now() - startedAt);
    if (done) {
      response.end();
      return true;
    }
    if (!response.write(value)) await drained(response, stallMs);
    if (steps.isOver) await steps.next();
  }
  breakOff(response);
  return false;
}

/** Closes the connection of an unfinished answer by a reset: after an ordinary end, some clients take what they have for the whole answer. */
export function breakOff(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
  response.destroy();
}

/** Waits until the client has read what was written. Closes the connection when that takes too long. */
export async function drained(response: ServerResponse, withinMs: number): Promise<void> {
  const waited = new AbortController();
  const { signal } = waited;
  const closed = (): void => { waited.abort(); };
  response.once('close', closed);
  const isDrained = await Promise.race([
    once(response, 'drain', { signal }).then(() => true, () => true),
    pause(withinMs, false, { signal, ref: false }).catch(() => true),
  ]);
  response.off('close', closed);
  waited.abort();
  if (!isDrained) response.destroy();
}
