import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GivenApp } from './support/givenApp';
import { TOP } from './support/snippets';
import { TestService } from './support/testService';

const [, text = ''] = /## Where it is([\s\S]*?)\n## /.exec(readFileSync(join(TOP, 'docs/retention.md'), 'utf8')) ?? [];

describe('docs/retention.md', () => {
  it('names every file and folder that a service keeps', async () => {
    const service = await TestService.start({ sends: ['mail'] });
    const app = await GivenApp.register(service);
    await app.join('partner');
    const auditor = await service.as('auditor@example.com', 'auditor');
    await auditor.read('query ($appId: ID!, $time: DateTimeISO!) { app(appId: $appId, asOf: { time: $time }) { name } }', { appId: app.appId, time: new Date().toISOString() });
    const kept = readdirSync(service.dataDir);
    await service.close();
    expect(kept).toEqual(expect.arrayContaining(['events.db', 'keys.db', 'readmodels.db', 'proofs.db', 'past', 'checkpoints']));
    const named = [...text.matchAll(/`([\w.*-]+)`/g)].map(([, name = '']) => new RegExp(`^${name.replaceAll('.', '\\.').replace('*', '.*')}(?:-wal|-shm|-journal)?$`));
    expect(kept.filter((name) => !named.some((pattern) => pattern.test(name)))).toEqual([]);
  });
});
