import type { SettingsReader } from './settingsReader';

/** Where signed checkpoints of the log go, and how often. */
export interface CheckpointSettings {
  readonly checkpointDir: string;
  /** PKCS#8 PEM of the Ed25519 key; made where it is not there. */
  readonly checkpointKeyFile: string;
  readonly checkpointEveryEvents: number;
  readonly checkpointEveryMs: number;
}

const MAX_EVENTS = 1_000_000;
const MAX_SECONDS = 7 * 24 * 60 * 60;

/** Reads the settings of checkpoints; what is wrong is noted with the reader. */
export function parseCheckpointSettings(read: SettingsReader, dataDir: string): CheckpointSettings {
  return {
    checkpointDir: read.text('CHECKPOINT_DIR') ?? `${dataDir}/checkpoints`,
    checkpointKeyFile: read.text('CHECKPOINT_KEY_FILE') ?? `${dataDir}/checkpoint.key`,
    checkpointEveryEvents: read.wholeNumber('CHECKPOINT_EVERY_EVENTS', 1000, 1, MAX_EVENTS),
    checkpointEveryMs: read.wholeNumber('CHECKPOINT_EVERY_SECONDS', 3600, 1, MAX_SECONDS) * 1000,
  };
}
