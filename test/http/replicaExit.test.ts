import { join } from 'node:path';
import { EsdbLog } from '../support/esdb/esdbLog';
import { EsdbServer } from '../support/esdb/esdbServer';
import { startServiceProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { sharedStore } from '../support/testService';

describe('a replica that has to be started again', () => {
  it('exits with code 1, also when the server has closed the connections before the replica has', async () => {
    const server = await EsdbServer.start();
    const directory = temporaryDirectory();
    const env = { ...sharedStore(server), LOG_LEVEL: 'fatal', NODE_OPTIONS: `--require ${join(__dirname, '../support/esdb/endlessDispose.cjs')}` };
    const replica = await startServiceProcess(directory.path, env);
    try {
      const operator = await replica.as('operator@example.com', 'operator');
      await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 1, ownerKeapId: 'owner@example.com' });
      await server.stop();
      server.log = new EsdbLog();
      await server.start();
      await replica.program.untilPrinted(/The service cannot continue/, 'stderr');
      await server.stop();
      const { code, signal } = await replica.program.ended;
      expect({ code, signal }).toEqual({ code: 1, signal: null });
    } finally {
      replica.program.kill('SIGKILL');
      await server.stop();
      directory.remove();
    }
  }, 30_000);
});
