import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import { addressOf } from '../../server';

/** How often it is asked whether the server is back, in milliseconds. */
const PAUSE_MS = 2_000;

/** Whether anything answers at the server's address. A proxy in front of it answers 502 to 504 while the server is away. */
async function isReached(): Promise<boolean> {
  try {
    return (await fetch(addressOf('health/live'), { credentials: 'omit', cache: 'no-store' })).status < 500;
  } catch {
    return false;
  }
}

/** Whether the server was reached last time, as requests and subscriptions note it. While it is away, it is asked for, since maybe nothing else is under way. */
export class Connection {
  #isAway = false;
  #interruptions = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  note(isAway: boolean): void {
    if (this.#isAway === isAway) return;
    this.#isAway = isAway;
    if (isAway) this.#lookLater();
    else clearTimeout(this.#timer);
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly isAway = (): boolean => this.#isAway;

  /** Notes that subscriptions have begun again after an interruption, in which they missed whatever happened. */
  subscribedAgain(): void {
    this.#interruptions += 1;
    for (const listener of this.#listeners) listener();
  }

  /** How often subscriptions have begun again. */
  readonly interruptions = (): number => this.#interruptions;

  /** Asks no more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#isAway = false;
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => {
      void isReached().then((isThere) => {
        if (!this.#isAway) return;
        if (isThere) this.note(false);
        else this.#lookLater();
      });
    }, PAUSE_MS);
  }
}

/** The connection of the signed-in person's client. */
export const ConnectionContext = createContext(new Connection());

/** Whether the server cannot be reached at the moment. */
export function useIsAway(): boolean {
  const { subscribe, isAway } = useContext(ConnectionContext);
  return useSyncExternalStore(subscribe, isAway);
}

/** Does something once the server is reached again. */
export function useOnReturn(act: () => void): void {
  const isAway = useIsAway();
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !isAway) act();
    wasAway.current = isAway;
  }, [isAway]);
}

/** Does something once the server is reached again, and once subscriptions have begun again: until then, something may have been missed. */
export function useAfterInterruption(act: () => void): void {
  const { subscribe, interruptions } = useContext(ConnectionContext);
  const count = useSyncExternalStore(subscribe, interruptions);
  const seen = useRef(count);
  useOnReturn(act);
  useEffect(() => {
    if (count !== seen.current) act();
    seen.current = count;
  }, [count]);
}
