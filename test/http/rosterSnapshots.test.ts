import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { systemCaller } from '../../src/application/commandTypes';
import { newRun, toAppend } from '../../src/application/handling/append';
import { erasePerson } from '../../src/composition/erasure';
import { parseConfig } from '../../src/config';
import { rosterStream } from '../../src/domain/streams';
import { createLogger } from '../../src/server/logger';
import { appendBigApp, type BigApp } from '../../bench/bigApp';
import type { Person } from '../support/person';
import { TEST_STORES, TestService } from '../support/testService';

const MEMBERS = 3;
/** So many events that the service writes a snapshot of the roster. */
const EVENTS = 2_000;
const PER_APPEND = 100;

/** An app of some members, with a long history. */
async function givenApp({ running: { membership } }: TestService): Promise<BigApp> {
  const app = await appendBigApp(membership.store, { appId: 'big', members: MEMBERS });
  const at = new Date().toISOString();
  for (let written = 0; written < EVENTS; written += PER_APPEND) {
    const events = Array.from({ length: PER_APPEND }, (_, index) => ({ type: 'LicencesSet', data: { licences: 1 + written + index } }) as const);
    await membership.store.append(rosterStream('big'), toAppend(events, newRun(systemCaller('test')), { occurredAt: at, decidedAt: at }), 2 * MEMBERS + 1 + written);
  }
  await membership.caughtUp(60_000);
  return app;
}

const snapshotsIn = (dataDir: string): readonly string[] => (existsSync(join(dataDir, 'rosters')) ? readdirSync(join(dataDir, 'rosters')).filter((name) => name.endsWith('.roster')) : []);

async function untilWritten(service: TestService): Promise<void> {
  while (snapshotsIn(service.dataDir).length === 0) await pause(5);
}

const invited = async (owner: Person, name: string): Promise<string> => (await owner.mutate('invitePartner', { appId: 'big', keapId: `${name}@guests.example`, role: 'STANDARD' }))['__typename'] as string;

describe.each(TEST_STORES)('a service with a large app on %s', (store) => {
  it('begins with the snapshot of its roster after a restart', async () => {
    const service = await TestService.start({ store });
    try {
      const { owner: { keapId } } = await givenApp(service);
      expect(await invited(await service.as(keapId), 'first')).toBe('InvitePartnerSuccess');
      await untilWritten(service);
      await service.restart();
      await service.running.membership.caughtUp(60_000);
      const owner = await service.as(keapId);
      expect(await invited(owner, 'first')).toBe('AlreadyInvited');
      expect(await invited(owner, 'second')).toBe('InvitePartnerSuccess');
      expect(service.running.membership.rosterStatistics()).toMatchObject({ fromSnapshots: 1, folds: 0 });
    } finally {
      await service.close();
    }
  }, 60_000);
});

describe('erasing a person', () => {
  it('removes the snapshots of rosters, and the next ones name nobody erased', async () => {
    const service = await TestService.start();
    try {
      const { owner: { keapId }, members: [, member] } = await givenApp(service);
      await invited(await service.as(keapId), 'first');
      await untilWritten(service);
      await service.running.close();
      const config = parseConfig({ DATA_DIR: service.dataDir, LOG_LEVEL: 'silent', PORT: '0' });
      await erasePerson(config, [member?.keapId ?? ''], createLogger('silent'));
      expect(snapshotsIn(service.dataDir)).toEqual([]);
      await service.restart();
      const { membership } = service.running;
      const { users } = await membership.rosters.load('big');
      expect(users.get(member?.userId ?? '')?.keapId).not.toBe(member?.keapId);
      expect(membership.rosterStatistics()).toMatchObject({ fromSnapshots: 0, folds: 1 });
    } finally {
      await service.close();
    }
  }, 60_000);
});
