import { VisuallyHidden } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

const Announcing = createContext<(text: string) => void>(() => undefined);

/** Holds the live region in which screen readers hear what changes by itself or was done. */
export function Announcer({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ text, turn }, setSaid] = useState({ text: '', turn: 0 });
  const announce = useCallback((next: string) => setSaid(({ turn: before }) => ({ text: next, turn: before + 1 })), []);
  return (
    <Announcing value={announce}>
      {children}
      <VisuallyHidden role="status" aria-live="polite" data-announcer><span key={turn}>{text}</span></VisuallyHidden>
    </Announcing>
  );
}

/** Returns a function that says a sentence to people who use a screen reader. What everybody should see has to be on the page as well. */
export const useAnnounce = (): ((text: string) => void) => useContext(Announcing);
