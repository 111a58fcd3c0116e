import { createContext, useContext, useEffect, useRef, useSyncExternalStore } from 'react';

/** Whether the server was reached last time, as requests and subscriptions note it. */
export class Connection {
  #isAway = false;
  readonly #listeners = new Set<() => void>();

  note(isAway: boolean): void {
    if (this.#isAway === isAway) return;
    this.#isAway = isAway;
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly isAway = (): boolean => this.#isAway;
}

/** The connection of the signed-in person's client. */
export const ConnectionContext = createContext(new Connection());

/** Whether the server cannot be reached at the moment. */
export function useIsAway(): boolean {
  const { subscribe, isAway } = useContext(ConnectionContext);
  return useSyncExternalStore(subscribe, isAway);
}

/** Does something once the server is reached again: during an interruption something may have been missed. */
export function useOnReturn(act: () => void): void {
  const isAway = useIsAway();
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !isAway) act();
    wasAway.current = isAway;
  }, [isAway]);
}
