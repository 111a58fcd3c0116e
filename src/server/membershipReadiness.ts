import type { Projector } from '../projections/projector';
import type { Readiness } from './healthRoutes';

/** A log as far as it matters to whoever asks whether requests can be served. */
export interface AnsweringStore {
  readonly isOpen: boolean;
  /** Whether it answers within that time. Never throws. */
  answers(withinMs: number): Promise<boolean>;
}

const WAIT_MS = 1_000;

/** Whether the log answers and the read models have seen it. */
export async function readinessOf(store: AnsweringStore, projector: Projector): Promise<Readiness> {
  const { caughtUp, projections } = projector.status();
  const running = projections.every(({ state }) => state === 'RUNNING');
  const state = await stateOf(store);
  return { ready: state === 'open' && caughtUp && running, store: state, caughtUp, projections };
}

async function stateOf(store: AnsweringStore): Promise<'open' | 'closed' | 'not reachable'> {
  if (!store.isOpen) return 'closed';
  return (await store.answers(WAIT_MS)) ? 'open' : 'not reachable';
}
