import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { GivenApp } from '../support/givenApp';
import { lengthen } from '../support/olderReadModels';
import { TestService } from '../support/testService';

const EVENTS = 20_000;

describe('a service without read models', () => {
  it('reports that they are being filled, and never that existing data does not exist', async () => {
    const service = await TestService.start();
    const app = await GivenApp.register(service);
    const { userId } = await app.join('partner');
    await app.assign(userId, 'c1');
    await service.running.close();
    await lengthen(service.dataDir, `contacts-${app.appId}`, EVENTS);
    for (const suffix of ['', '-wal', '-shm']) rmSync(join(service.dataDir, `readmodels.db${suffix}`), { force: true });
    await service.restart();
    const owner = await service.as(app.owner.keapId);

    const ready = async (): Promise<boolean> => (await fetch(`${service.url}/health/ready`)).ok;
    const answers: unknown[] = [];
    for (let isReady = false; !isReady;) {
      isReady = await ready();
      const { data, errors } = await owner.ask('query ($appId: ID!) { app(appId: $appId) { users { totalCount } } }', { appId: app.appId });
      answers.push(errors[0]?.extensions.code ?? data.app);
    }
    const right = { users: { totalCount: 2 } };
    for (const answer of answers) expect(['PROJECTION_BEHIND', right]).toContainEqual(answer);
    expect(answers.at(-1)).toEqual(right);
    await service.close();
  });
});
