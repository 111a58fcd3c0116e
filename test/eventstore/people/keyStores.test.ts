import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { EmbeddedKeyStore } from '../../../src/eventstore/embedded/keyStore';
import { EventStoreDbKeyStore } from '../../../src/eventstore/eventStoreDb/keyStore';
import { EsdbServer } from '../../support/esdb/esdbServer';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import { keyStoreContract } from '../keyStoreContract';

keyStoreContract('the embedded store of keys', () => {
  const directory = temporaryDirectory();
  let keys = EmbeddedKeyStore.open(directory.path);
  return Promise.resolve({
    keys,
    again: async () => {
      await keys.close();
      keys = EmbeddedKeyStore.open(directory.path);
      return keys;
    },
    dispose: async () => {
      await keys.close();
      directory.remove();
    },
  });
});

keyStoreContract('EventStoreDB', async () => {
  const server = await EsdbServer.start();
  const opened = [new EventStoreDbKeyStore({ url: server.url })];
  const [keys = new EventStoreDbKeyStore({ url: server.url })] = opened;
  return {
    keys,
    again: () => {
      const other = new EventStoreDbKeyStore({ url: server.url });
      opened.push(other);
      return Promise.resolve(other);
    },
    dispose: async () => {
      for (const one of opened) await one.close();
      await server.stop();
    },
  };
});

const bytesIn = ({ path }: TemporaryDirectory): string => readdirSync(path).map((file) => readFileSync(join(path, file), 'latin1')).join('');

describe('the embedded store of keys', () => {
  it('overwrites the bytes of destroyed keys', async () => {
    const directory = temporaryDirectory();
    const keys = EmbeddedKeyStore.open(directory.path);
    const wrapped = 'w'.repeat(40);
    await keys.add('a1', wrapped);
    expect(bytesIn(directory)).toContain(wrapped);
    await keys.erase(['a1']);
    expect(bytesIn(directory)).not.toContain('wwww');
    await keys.close();
    directory.remove();
  });

  it('overwrites the bytes of keys that were wrapped anew', async () => {
    const directory = temporaryDirectory();
    const keys = EmbeddedKeyStore.open(directory.path);
    const before = 'w'.repeat(40);
    await keys.add('a1', before);
    await keys.rewrap([{ id: 'a1', before, wrapped: 'v'.repeat(40) }]);
    expect(bytesIn(directory)).toContain('vvvv');
    expect(bytesIn(directory)).not.toContain('wwww');
    await keys.close();
    directory.remove();
  });

  it('erases when nobody else reads the file any more, and says who is in the way', async () => {
    const directory = temporaryDirectory();
    const keys = EmbeddedKeyStore.open(directory.path);
    await keys.add('a1', 'w'.repeat(40));
    const reader = new Database(join(directory.path, 'keys.db'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM keys').all();
    await expect(keys.erase(['a1'])).rejects.toThrow('another program reads the keys of people');
    reader.exec('ROLLBACK');
    reader.close();
    expect(await keys.erase(['a1'])).toBe(1);
    expect(bytesIn(directory)).not.toContain('wwww');
    await keys.close();
    directory.remove();
  });

  it('overwrites what a process that was killed had destroyed', async () => {
    const directory = temporaryDirectory();
    const keys = EmbeddedKeyStore.open(directory.path);
    await keys.add('a1', 'w'.repeat(40));
    const erasing = new Database(join(directory.path, 'keys.db'));
    erasing.pragma('secure_delete = ON');
    erasing.exec("UPDATE keys SET wrapped = NULL, erased_as = 1 WHERE id = 'a1'");
    const killed = temporaryDirectory();
    cpSync(directory.path, killed.path, { recursive: true });
    erasing.close();
    await keys.close();
    expect(bytesIn(killed)).toContain('wwww');
    const again = EmbeddedKeyStore.open(killed.path);
    expect(bytesIn(killed)).not.toContain('wwww');
    expect(await again.find(['a1'])).toEqual(new Map([['a1', { erasedAs: 1 }]]));
    await again.close();
    for (const one of [directory, killed]) one.remove();
  });
});

describe('the embedded store of keys', () => {
  it('returns more keys than a page has', async () => {
    const directory = temporaryDirectory();
    const keys = EmbeddedKeyStore.open(directory.path);
    const ids = Array.from({ length: 2_001 }, (_, index) => `k${index}`);
    await Promise.all(ids.map((id) => keys.add(id, `wrapped ${id}`)));
    const found: string[] = [];
    for await (const batch of keys.wrapped()) found.push(...batch.map(({ id }) => id));
    expect(found).toEqual(ids.sort());
    await keys.close();
    directory.remove();
  });
});

describe('EventStoreDB after a scavenge', () => {
  it('no longer holds the ring and the wrapped keys of before an exchange', async () => {
    const server = await EsdbServer.start();
    const keys = new EventStoreDbKeyStore({ url: server.url });
    await keys.add('a1', 'wrapped before');
    await keys.keepRing('ring of before', null);
    await keys.keepRing('ring of after', 'ring of before');
    await keys.rewrap([{ id: 'a1', before: 'wrapped before', wrapped: 'wrapped after' }]);
    server.log.scavenge();
    const bytes = JSON.stringify(server.log.records.map(({ data }) => Buffer.from(data).toString('utf8')));
    expect([bytes.includes('before'), bytes.includes('ring of after'), bytes.includes('wrapped after')]).toEqual([false, true, true]);
    await keys.close();
    await server.stop();
  });

  it('still knows who was erased, and no longer holds the key', async () => {
    const server = await EsdbServer.start();
    const keys = new EventStoreDbKeyStore({ url: server.url });
    await keys.add('a1', 'wrapped a');
    await keys.erase(['a1']);
    server.log.scavenge();
    expect(JSON.stringify(server.log.records.map(({ data }) => Buffer.from(data).toString('utf8')))).not.toContain('wrapped a');
    const later = new EventStoreDbKeyStore({ url: server.url });
    expect(await later.find(['a1'])).toEqual(new Map([['a1', { erasedAs: 1 }]]));
    await keys.close();
    await later.close();
    await server.stop();
  });
});
