import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Proofs, Witness } from '../proofs/proofs';
import type { WitnessCounts } from '../server/checkpointMetrics';
import { postToWitness } from '../server/outgoing/witness';

/** The witness of the settings, null without one. */
export function witnessOf({ checkpointWitness }: Config, logger: Logger): Witness | null {
  if (checkpointWitness === null) return null;
  return {
    post: postToWitness(checkpointWitness),
    report(problem) {
      if (problem === null) logger.info('The witness countersigns checkpoints again');
      else if (problem.what === 'LOG_FORKED') logger.error(problem, 'The log is not the one that the witness has seen');
      else logger.warn(problem, 'The witness does not countersign checkpoints; they are posted again until it does');
    },
  };
}

/** Why the witness does not countersign, since when, and how many checkpoints wait for it; null while it does. */
export function witnessProblem({ witnessed }: Proofs): object | null {
  return witnessed?.problem ? { ...witnessed.problem, since: witnessed.since, waiting: witnessed.waiting } : null;
}

/** The state of the witness for metrics. */
export function witnessCounts({ witnessed }: Proofs, clock: { now(): string }): WitnessCounts {
  const { waiting, problem, since } = witnessed ?? { waiting: 0, problem: null, since: null };
  return { waiting, failingSeconds: since === null ? 0 : Math.max(0, Date.parse(clock.now()) - Date.parse(since)) / 1000, forked: problem?.what === 'LOG_FORKED' };
}
