import { erasePerson } from '../../src/composition/erasure';
import { parseConfig } from '../../src/config';
import { createLogger } from '../../src/server/logger';
import { EsdbServer } from '../support/esdb/esdbServer';
import { GivenApp } from '../support/givenApp';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { sharedStore, TestService } from '../support/testService';

const USERS = 'query ($appId: ID!) { app(appId: $appId) { users(first: 10) { totalCount nodes { userId keapId name } } } }';

describe('a person who is erased in EventStoreDB', () => {
  it('disappears from a running replica after the restart that it asks for', async () => {
    const server = await EsdbServer.start();
    const elsewhere = temporaryDirectory();
    const service = await TestService.start({ env: sharedStore(server) });
    const app = await GivenApp.register(service);
    const carla = await app.join('Carla Coach');
    const before = await app.owner.read(USERS, { appId: app.appId });
    const config = parseConfig({ DATA_DIR: elsewhere.path, ...sharedStore(server) });
    const report = await erasePerson(config, [carla.person.keapId], createLogger('silent'));
    expect(report).toMatchObject({ number: 1, plainEvents: 0 });
    expect((await service.running.failed).message).toMatch(/Another process erased a person/);
    await service.restart();
    expect(await service.running.membership.caughtUp(60_000)).toBe(true);
    const owner = await service.as(app.owner.keapId);
    const { app: { users } } = await owner.read(USERS, { appId: app.appId });
    expect(users.totalCount).toBe(before.app.users.totalCount);
    expect(users.nodes).toContainEqual({ userId: carla.userId, keapId: 'erased person #1', name: null });
    expect(JSON.stringify(users)).not.toContain(carla.person.keapId);
    server.log.scavenge();
    expect((await erasePerson(config, [carla.person.keapId], createLogger('silent'))).number).toBe(1);
    await service.close();
    await server.stop();
    elsewhere.remove();
  }, 120_000);
});
