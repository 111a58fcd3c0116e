import { useEffect, useRef, useState } from 'react';
import { usePolling } from '../../api/usePolling';
import { addressOf } from '../../../server';

/** What `/health/ready` says. Parts that it leaves out work. */
export interface Readiness {
  readonly ready: boolean;
  readonly store?: string;
  readonly caughtUp?: boolean;
  readonly projections?: readonly { readonly name: string; readonly state: string; readonly position: string }[];
  /** How far those read models are that are filled while the others answer. */
  readonly filling?: { readonly percentRead: number };
  readonly [part: string]: unknown;
}

/** How the service is. */
interface Health {
  /** Null while it is not known, or while the service does not answer. */
  readonly readiness: Readiness | null;
  /** The values of `/metrics` by their name and labels; null while they are not known, `refused` when they are for others. */
  readonly figures: ReadonlyMap<string, number> | 'refused' | null;
  readonly isAway: boolean;
}

const UNKNOWN: Health = { readiness: null, figures: null, isAway: false };

const read = (path: string): Promise<Response> => fetch(addressOf(path), { credentials: 'omit', cache: 'no-store' });

/** Reads the values in Prometheus' text format, by their names with labels as they are written. */
const figuresIn = (text: string): ReadonlyMap<string, number> =>
  new Map(text.split('\n').flatMap((line) => {
    const [, name, value] = /^(\w+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, Number(value)] as const];
  }));

async function figuresNow(): Promise<Health['figures']> {
  const response = await read('metrics');
  if (response.status === 401) return 'refused';
  return response.ok ? figuresIn(await response.text()) : null;
}

/** Follows how the service is. @param withFigures whether its figures are wanted as well. */
export function useHealth(withFigures: boolean): Health {
  const [health, setHealth] = useState(UNKNOWN);
  const isGone = useRef(false);
  const isRefused = health.figures === 'refused';
  const look = async (): Promise<void> => {
    const next = await Promise.all([read('health/ready').then((response) => response.json() as Promise<Readiness>), isRefused ? 'refused' as const : withFigures ? figuresNow() : null]).then(
      ([readiness, figures]): Health => ({ readiness, figures, isAway: false }),
      (): Health => ({ ...UNKNOWN, isAway: true }),
    );
    if (!isGone.current) setHealth(next);
  };
  useEffect(() => {
    isGone.current = false;
    void look();
    return () => {
      isGone.current = true;
    };
  }, []);
  usePolling(() => void look());
  return health;
}
