import { copyKeys } from '../../src/eventstore/copy';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import { EventStoreDbKeyStore } from '../../src/eventstore/eventStoreDb/keyStore';
import { EsdbServer } from '../support/esdb/esdbServer';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { rejection } from './sampleEvents';

describe('keys copied to EventStoreDB', () => {
  it('keep the numbers of erased people, can be copied again, and never overwrite other keys', async () => {
    const directory = temporaryDirectory();
    const server = await EsdbServer.start();
    const source = EmbeddedKeyStore.open(directory.path);
    const target = new EventStoreDbKeyStore({ url: server.url });
    await source.keepCheck('check');
    const ids = Array.from({ length: 70 }, (_, index) => `id${index}`);
    for (const id of ids) await source.add(id, `wrapped ${id}`);
    await source.erase(['id3', 'id4']);
    await source.erase(['id60']);
    await copyKeys(source.all(), target);
    await copyKeys(source.all(), target);
    expect(await target.find(ids)).toEqual(await source.find(ids));
    expect(await target.keepCheck('other')).toBe('check');
    await source.erase(['id5']);
    await target.erase(['id6']);
    expect(await rejection(copyKeys(source.all(), target))).toMatchObject({ name: 'CopyMismatch' });
    await target.close();
    await source.close();
    await server.stop();
    directory.remove();
  });
});
