import { Gauge, type Registry } from 'prom-client';

/** Sources of the metrics of checkpoints, which are measured when `/metrics` is read. */
export interface CheckpointParts {
  /** Whether the log contradicts a signed checkpoint. */
  readonly contradicted: () => boolean;
  /** How far the log is signed; null before it is known. */
  readonly signed: () => SignedCounts | null;
  readonly witness: () => WitnessCounts;
  readonly timeStamps: () => StampingCounts;
}

/** How far the log is signed. */
interface SignedCounts {
  /** Seconds since the latest checkpoint; null without one. */
  readonly ageSeconds: number | null;
  readonly eventsSince: number;
}

/** How the witness takes checkpoints; zeros where there is none. */
export interface WitnessCounts {
  /** Checkpoints that are to be countersigned. */
  readonly waiting: number;
  /** Seconds since when the witness does not countersign; 0 while it does. */
  readonly failingSeconds: number;
  /** Whether the witness holds a checkpoint that is not part of the log. */
  readonly forked: boolean;
}

/** How checkpoints get time stamps; zeros where there is no authority. */
export interface StampingCounts {
  /** Checkpoints that are to be stamped. */
  readonly waiting: number;
  /** Seconds since when there was no time stamp; 0 while there are. */
  readonly failingSeconds: number;
}

/** Adds the gauges of checkpoints. */
export function addCheckpointMetrics(parts: CheckpointParts, registers: Registry[]): void {
  addSignedMetrics(parts, registers);
  addWitnessMetrics(parts, registers);
  addStampingMetrics(parts, registers);
}

function addSignedMetrics({ contradicted, signed }: CheckpointParts, registers: Registry[]): void {
  new Gauge({
    name: 'checkpoint_contradiction',
    help: '1 when the log contradicts a signed checkpoint: then nothing is written any more.',
    registers,
    collect() {
      this.set(contradicted() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'checkpoint_age_seconds',
    help: 'Time since the latest signed checkpoint; NaN while there is none. It grows while nothing changes, since then nothing has to be signed.',
    registers,
    collect() {
      this.set(signed()?.ageSeconds ?? NaN);
    },
  });
  new Gauge({
    name: 'checkpoint_unsigned_events',
    help: 'Events that came after the latest signed checkpoint.',
    registers,
    collect() {
      this.set(signed()?.eventsSince ?? 0);
    },
  });
}

function addStampingMetrics({ timeStamps }: CheckpointParts, registers: Registry[]): void {
  // Gauges are collected in this order, so the first one sets both from one look.
  new Gauge({
    name: 'checkpoint_time_stamp_waiting',
    help: 'Checkpoints that are still to get a time stamp; 0 without an authority.',
    registers,
    collect() {
      const counts = timeStamps();
      this.set(counts.waiting);
      failing.set(counts.failingSeconds);
    },
  });
  const failing = new Gauge({ name: 'checkpoint_time_stamp_failing_seconds', help: 'For how long checkpoints have got no time stamp, because the authority is away or replies something else; 0 while they do. The log and /health/ready say why.', registers });
}

function addWitnessMetrics({ witness }: CheckpointParts, registers: Registry[]): void {
  // Gauges are collected in this order, so the first one sets all three from one look.
  new Gauge({
    name: 'checkpoint_witness_waiting',
    help: 'Checkpoints that the witness is still to countersign; 0 without a witness.',
    registers,
    collect() {
      const counts = witness();
      this.set(counts.waiting);
      failing.set(counts.failingSeconds);
      forked.set(counts.forked ? 1 : 0);
    },
  });
  const failing = new Gauge({ name: 'checkpoint_witness_failing_seconds', help: 'For how long the witness has not countersigned what was posted to it; 0 while it does. The log and /health/ready say why.', registers });
  const forked = new Gauge({ name: 'checkpoint_witness_forked', help: '1 while the witness holds a signed checkpoint that is not part of the log: the log was changed, cut or continued from an older copy.', registers });
}
