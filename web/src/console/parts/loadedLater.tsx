import { type ComponentType, type ReactNode, useEffect, useState } from 'react';

/** A component whose file is loaded when it is shown for the first time, or before that with `load`. */
export interface LoadedLater<Props> {
  (props: Props): ReactNode;
  readonly load: () => void;
}

/**
 * Puts a component into a file of its own. `meanwhile` is shown until the file is there. React's own `lazy` would show it for at least 300 ms, however
 * fast the file comes. That a file cannot be loaded is thrown to the next error boundary.
 */
export function loadedLater<Props extends object>(read: () => Promise<ComponentType<Props>>, meanwhile: ReactNode = null): LoadedLater<Props> {
  let Loaded: ComponentType<Props> | null = null;
  let reading: Promise<void> | null = null;
  const load = (): Promise<void> => {
    reading ??= read().then((component) => {
      Loaded = component;
    });
    return reading;
  };
  function Later(props: Props): ReactNode {
    const [failure, setFailure] = useState<{ readonly reason: unknown } | null>(null);
    const [, setLoaded] = useState(Loaded !== null);
    useEffect(() => {
      if (Loaded === null) load().then(() => setLoaded(true), (reason: unknown) => setFailure({ reason }));
    }, []);
    if (failure !== null) throw failure.reason;
    return Loaded === null ? meanwhile : <Loaded {...props} />;
  }
  return Object.assign(Later, { load: () => void load().catch(() => undefined) });
}
