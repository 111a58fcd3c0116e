import type { Logger } from 'pino';
import type { Config } from '../config';
import type { Attesting, Proofs } from '../proofs/proofs';
import type { StampingCounts, WitnessCounts } from '../server/checkpointMetrics';
import { postToAuthority } from '../server/outgoing/timeStamps';
import { postToWitness } from '../server/outgoing/witness';

/** The witness and the authority for time stamps of the settings. */
export const attestingOf = (config: Config, logger: Logger): Attesting => ({ witness: witnessOf(config, logger), authority: authorityOf(config, logger) });

function authorityOf({ checkpointTsaUrl: url }: Config, logger: Logger): Attesting['authority'] {
  if (url === null) return null;
  return {
    post: postToAuthority({ url }),
    report(problem) {
      if (problem === null) logger.info('Checkpoints get time stamps again');
      else logger.warn(problem, 'Checkpoints get no time stamps; they are tried again until they do');
    },
  };
}

function witnessOf({ checkpointWitness }: Config, logger: Logger): Attesting['witness'] {
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

/** Why checkpoints get no time stamps, since when, and how many wait; null while they do. */
export function stampingProblem({ stamped }: Proofs): object | null {
  return stamped?.problem ? { ...stamped.problem, since: stamped.since, waiting: stamped.waiting } : null;
}

const secondsSince = (since: string | null, clock: { now(): string }): number => (since === null ? 0 : Math.max(0, Date.parse(clock.now()) - Date.parse(since)) / 1000);

/** The state of time stamps for metrics. */
export function stampingCounts({ stamped }: Proofs, clock: { now(): string }): StampingCounts {
  return { waiting: stamped?.waiting ?? 0, failingSeconds: secondsSince(stamped?.since ?? null, clock) };
}

/** The state of the witness for metrics. */
export function witnessCounts({ witnessed }: Proofs, clock: { now(): string }): WitnessCounts {
  const { waiting, problem, since } = witnessed ?? { waiting: 0, problem: null, since: null };
  return { waiting, failingSeconds: secondsSince(since, clock), forked: problem?.what === 'LOG_FORKED' };
}
