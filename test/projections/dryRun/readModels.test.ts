import { join } from 'node:path';
import { rosterStream } from '../../../src/domain/streams';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { readModelProjections } from '../../../src/projections/allProjections';
import { DryRunReadModels } from '../../../src/projections/dryRun/readModels';
import { ReadModelDatabase } from '../../../src/projections/engine/database';
import { ProjectionRunner } from '../../../src/projections/engine/runner';
import { type ReadModels, readModelsOver } from '../../../src/projections/readModels';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { APP_ID, at, EventLog } from '../eventLog';
import { contentOf } from '../projectedTables';

const directory = temporaryDirectory();
const NOW = at(500);
let files = 0;

/** Live read models with an app of one owner, and dry runs over them. */
class Live {
  readonly log = new EventLog();
  readonly database = ReadModelDatabase.open(join(directory.path, `readmodels${++files}.db`));
  readonly models = readModelsOver(this.database, () => NOW);
  readonly dryRuns = new DryRunReadModels(this.database);
  #runner = new ProjectionRunner(this.database, readModelProjections, '');

  constructor() {
    this.log.register();
    this.apply(this.log.events);
  }

  apply(events: readonly StoredEvent[]): void {
    const [stopped] = this.#runner.apply(events);
    if (stopped) throw new Error(stopped.error);
  }

  /** The events that a dry run would append to what the log holds now. */
  trial(write: (log: EventLog) => void): readonly StoredEvent[] {
    const log = new EventLog();
    for (const { stream, type, data } of this.log.events) log.add(stream, type, data);
    const before = log.events.length;
    write(log);
    return log.events.slice(before);
  }

  close(): void {
    this.dryRuns.close();
    this.database.close();
  }
}

const usersOf = ({ userList }: ReadModels): readonly string[] =>
  userList.usersPage(APP_ID, {}, { field: 'KEAP_ID', direction: 'ASC' }, { first: 50 }).nodes.map(({ userId, role }) => `${userId} ${role}`);
const OWNER = `owner-${APP_ID} ADMIN`;

const opened: Live[] = [];
const givenLive = (): Live => {
  const live = new Live();
  opened.push(live);
  return live;
};

afterEach(() => { for (const live of opened.splice(0)) live.close(); });
afterAll(() => { directory.remove(); });

describe('the view of a dry run', () => {
  it('shows the live read models with its events, which nobody else sees', async () => {
    const live = givenLive();
    const before = contentOf(live.database);
    const view = live.dryRuns.open(NOW);
    expect(usersOf(view.readModels)).toEqual([OWNER]);
    await view.show(live.trial((log) => { log.invite('ann', { kind: 'USER' }); }));
    expect(usersOf(view.readModels)).toEqual(['ann STANDARD', OWNER]);
    expect(view.readModels.userList.licenceUsage([APP_ID])).toMatchObject([{ used: 1, reserved: 1 }]);
    expect(usersOf(live.models)).toEqual([OWNER]);
    view.close();
    expect(contentOf(live.database)).toEqual(before);
  });

  it('shows further events beside those before', async () => {
    const live = givenLive();
    const view = live.dryRuns.open(NOW);
    const events = live.trial((log) => {
      log.invite('ann');
      log.roster('UserRoleChanged', { userId: 'ann', from: 'STANDARD', to: 'ADMIN' });
    });
    await view.show(events.slice(0, 1));
    expect(usersOf(view.readModels)).toEqual(['ann STANDARD', OWNER]);
    await view.show(events);
    expect(usersOf(view.readModels)).toEqual(['ann ADMIN', OWNER]);
  });

  it('neither holds up the live read models nor loses its events when they are written', async () => {
    const live = givenLive();
    const view = live.dryRuns.open(NOW);
    await view.show(live.trial((log) => { log.invite('ann'); }));
    expect(usersOf(view.readModels)).toEqual(['ann STANDARD', OWNER]);
    live.apply([live.log.invite('bob')]);
    expect(usersOf(live.models)).toEqual(['bob STANDARD', OWNER]);
    expect(view.readModels.userList.usersByIds(['ann', 'bob'].map((userId) => ({ appId: APP_ID, userId })))).toHaveLength(2);
    expect(usersOf(live.models)).toEqual(['bob STANDARD', OWNER]);
  });

  it('stands beside other views, each with its own events', async () => {
    const live = givenLive();
    const views = await Promise.all(['ann', 'bob', 'cat'].map(async (name) => {
      const view = live.dryRuns.open(NOW);
      await view.show(live.trial((log) => { log.invite(name); }));
      return { name, view };
    }));
    for (let round = 0; round < 3; round += 1) {
      for (const { name, view } of views) {
        const found = view.readModels.userList.usersByIds(['ann', 'bob', 'cat'].map((userId) => ({ appId: APP_ID, userId })));
        expect(found.map(({ userId }) => userId)).toEqual([name]);
      }
    }
    views[0]?.view.close();
    expect(usersOf(views[2]?.view.readModels ?? live.models)).toEqual(['cat STANDARD', OWNER]);
  });

  it('fails for an event that a projection cannot apply, and leaves the others alone', async () => {
    const live = givenLive();
    const broken = live.dryRuns.open(NOW);
    const events = live.trial((log) => {
      log.invite('ann');
      log.add(rosterStream(APP_ID), 'OwnerAdded', { userId: 'x', epoch: 1, person: null });
    });
    await expect(broken.show(events)).rejects.toThrow();
    expect(() => usersOf(broken.readModels)).toThrow();
    live.apply([live.log.invite('bob')]);
    expect(usersOf(live.models)).toEqual(['bob STANDARD', OWNER]);
    expect(usersOf(live.dryRuns.open(NOW).readModels)).toEqual(['bob STANDARD', OWNER]);
  });

  it('applies many events in steps, also when others write meanwhile', async () => {
    const live = givenLive();
    const view = live.dryRuns.open(NOW);
    const showing = view.show(live.trial((log) => { for (let number = 0; number < 1_500; number += 1) log.invite(`guest${number}`); }));
    const progress = { isShown: false };
    const shown = showing.finally(() => { progress.isShown = true; });
    let turns = 0;
    while (!progress.isShown) {
      live.apply([live.log.invite(`real${turns}`)]);
      await new Promise((resolve) => { setImmediate(resolve); });
      turns += 1;
    }
    await shown;
    expect(turns).toBeGreaterThan(2);
    expect(view.readModels.userList.totalCount(APP_ID, {})).toBe(1_501 + turns);
    expect(live.models.userList.totalCount(APP_ID, {})).toBe(1 + turns);
  });

  it('reads the new file after the read models were exchanged', async () => {
    const live = givenLive();
    const view = live.dryRuns.open(NOW);
    await view.show(live.trial((log) => { log.invite('ann'); }));
    expect(usersOf(view.readModels)).toEqual(['ann STANDARD', OWNER]);
    const rebuilt = givenLive();
    rebuilt.apply([rebuilt.log.invite('bob')]);
    rebuilt.dryRuns.close();
    live.database.exchangeWith(rebuilt.database);
    expect(view.readModels.userList.usersByIds(['ann', 'bob'].map((userId) => ({ appId: APP_ID, userId })))).toHaveLength(2);
  });
});
