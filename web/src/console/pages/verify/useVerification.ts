import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { Answer, Progress, Question, Verified } from '../../../verifier/protocol';
import { listen, type Presence, presenceNow, tell, watchPresence } from './worker';

/** What was chosen to be checked. */
export type Chosen = Omit<Question, 'id'>;

/** How far the check is. */
export type Check =
  | { readonly is: 'none' }
  | { readonly is: 'running'; readonly progress: Progress | null }
  | { readonly is: 'verified'; readonly result: Verified; readonly chosen: Chosen }
  | { readonly is: 'stopped' }
  | { readonly is: 'unreadable'; readonly file: string }
  | { readonly is: 'noCheckpoints' }
  | { readonly is: 'failed'; readonly message: string };

const NONE: Check = { is: 'none' };
let asked = 0;

interface Verification {
  readonly presence: Presence;
  readonly check: Check;
  readonly start: (chosen: Chosen) => void;
  readonly cancel: () => void;
  /** Forgets the result, since something else is chosen. */
  readonly clear: () => void;
}

/** Has files checked by the worker. What it says about an earlier question is ignored. */
export function useVerification(): Verification {
  const presence = useSyncExternalStore(watchPresence, presenceNow);
  const [check, setCheck] = useState<Check>(NONE);
  const current = useRef<{ readonly id: number; readonly chosen: Chosen } | null>(null);
  const stop = useCallback(() => {
    if (current.current !== null) tell({ stop: current.current.id });
    current.current = null;
  }, []);
  useEffect(() => {
    const end = listen((answer) => {
      if (answer.is === 'ready' || answer.id !== current.current?.id) return;
      const { chosen } = current.current;
      if (answer.is !== 'progress') current.current = null;
      setCheck(checkAfter(answer, chosen));
    });
    return () => {
      stop();
      end();
    };
  }, []);
  const start = useCallback((chosen: Chosen) => {
    stop();
    asked += 1;
    current.current = { id: asked, chosen };
    setCheck({ is: 'running', progress: null });
    tell({ ask: { id: asked, ...chosen } });
  }, []);
  const cancel = useCallback(() => {
    stop();
    setCheck({ is: 'stopped' });
  }, []);
  const clear = useCallback(() => {
    stop();
    setCheck(NONE);
  }, []);
  return { presence, check, start, cancel, clear };
}

function checkAfter(answer: Exclude<Answer, { readonly is: 'ready' }>, chosen: Chosen): Check {
  switch (answer.is) {
    case 'progress': return { is: 'running', progress: answer.progress };
    case 'verified': return { is: 'verified', result: answer.result, chosen };
    case 'stopped': return { is: 'stopped' };
    case 'unreadable': return { is: 'unreadable', file: answer.file };
    case 'noCheckpoints': return { is: 'noCheckpoints' };
    case 'failed': return { is: 'failed', message: answer.message };
  }
}
