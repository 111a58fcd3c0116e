import type { MeasuredParts } from '../../src/server/metrics';

/** The parts of a service whose metrics say that nothing is wrong. */
export const metricsParts = (given: Partial<MeasuredParts> = {}): MeasuredParts => ({
  projections: () => ({ caughtUp: true, filling: null, projections: [] }),
  eventsAfter: () => Promise.resolve(0),
  writes: () => null,
  rosters: () => ({ bytes: 0, rosters: 0, hits: 0, fromSnapshots: 0, folds: 0 }),
  past: () => ({ open: 0, refused: 0 }),
  writable: () => true,
  contradicted: () => false,
  signed: () => null,
  witness: () => ({ waiting: 0, failingSeconds: 0, forked: false }),
  timeStamps: () => ({ waiting: 0, failingSeconds: 0 }),
  mail: () => ({ usable: true, waiting: 0 }),
  webhooks: () => ({ registered: 0, failing: 0, backlog: 0, deadLetters: 0 }),
  ...given,
});
