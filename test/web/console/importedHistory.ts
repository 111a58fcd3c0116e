import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GivenConsole } from '../../support/consolePage';
import { cliProcess } from '../../support/serviceProcess';
import type { Person } from '../../support/person';

/** The owner of the imported app. */
export const OWNER = 'owner@partners.example';

const HISTORIES = join(__dirname, '../../fixtures/histories');
const FILE = join(HISTORIES, 'csi00.history.ndjson');

export type Role = 'ADMIN' | 'STANDARD';

/** Who had access at a moment beside the owner, as it is known of the real app. */
interface Sample {
  readonly at: string;
  readonly users: Readonly<Record<string, Role>>;
}

/** A line of the imported file. */
interface RecordedChange {
  readonly at: string;
  readonly keapId: string;
  readonly change: 'joined' | 'left' | 'role';
  readonly role?: Role;
}

interface Imported {
  readonly appId: string;
  readonly samples: readonly Sample[];
  readonly changes: readonly RecordedChange[];
  readonly owner: () => Person;
}

/** Imports the recorded history of a real app into the service before the first test. */
export function importedHistory(given: GivenConsole): Imported {
  const appId = 'csi00';
  let owner: Person | undefined;
  beforeAll(async () => {
    await given.stop();
    const { code, stderr } = await cliProcess(['import', '--app', appId, '--name', 'CSI', '--owner', OWNER, FILE], { DATA_DIR: given.dataDir }).ended;
    if (code !== 0) throw new Error(stderr);
    await given.startAgain();
    owner = await given.service.as(OWNER);
  });
  return {
    appId,
    samples: JSON.parse(readFileSync(join(HISTORIES, 'csi00.rosters.json'), 'utf8')) as readonly Sample[],
    changes: readFileSync(FILE, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as RecordedChange),
    owner: () => owner!,
  };
}
