import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { loadOrCreateSecretKey, openLog } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { NO_STREAM } from '../../src/eventstore/eventStore';
import { sampleEvent } from '../eventstore/sampleEvents';

const run = promisify(execFile);

describe('the secret key', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'secret-key-')), 'data');
    file = join(directory, 'secret.key');
  });

  afterEach(() => {
    rmSync(join(directory, '..'), { recursive: true });
  });

  it('is 32 bytes, made once', () => {
    const key = loadOrCreateSecretKey(directory);
    expect(key).toHaveLength(32);
    expect(loadOrCreateSecretKey(directory)).toEqual(key);
  });

  it('differs from place to place', () => {
    expect(loadOrCreateSecretKey(directory)).not.toEqual(loadOrCreateSecretKey(join(directory, 'other')));
  });

  it('is kept in base64, for its owner alone, and nothing else is left in the directory', () => {
    const key = loadOrCreateSecretKey(directory);
    expect(readFileSync(file, 'utf8')).toBe(`${key.toString('base64')}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual(['secret.key']);
  });

  it('is the same for processes that start at the same time', async () => {
    const program = `
      const { loadOrCreateSecretKey } = require(${JSON.stringify(join(__dirname, '../../dist/composition/stores.js'))});
      process.stdout.write(loadOrCreateSecretKey(process.argv[1]).toString('hex'));`;
    const starts = await Promise.all(Array.from({ length: 8 }, async () => run(process.execPath, ['-e', program, directory])));
    expect(new Set(starts.map(({ stdout }) => stdout))).toEqual(new Set([loadOrCreateSecretKey(directory).toString('hex')]));
  });

  it.each(['', 'not a key', Buffer.alloc(31).toString('base64'), Buffer.alloc(32).toString('hex')])('is not made of a file that holds "%s", which stays as it is', (content) => {
    loadOrCreateSecretKey(directory);
    writeFileSync(file, content);
    expect(() => loadOrCreateSecretKey(directory)).toThrow(/secret\.key does not contain 32 bytes in base64/);
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it.each(['644', '640', '602'])('is not taken from a file that others may use (mode %s)', (mode) => {
    loadOrCreateSecretKey(directory);
    chmodSync(file, parseInt(mode, 8));
    expect(() => loadOrCreateSecretKey(directory)).toThrow(new RegExp(`is accessible to other users \\(mode ${mode}\\)\\. .*chmod 600`));
  });

  it('is exchanged by putting another key into the file, with the one of before in SECRET_KEY_PREVIOUS', async () => {
    const opened = (previous?: string): ReturnType<typeof openLog> => openLog(parseConfig({ DATA_DIR: directory, SECRET_KEY_PREVIOUS: previous }), pino({ level: 'silent' }));
    const person = { keapId: 'carla@coach.example', name: 'Carla' };
    const first = await opened();
    await first.store.append('app-acme', [sampleEvent({ userId: 'u1', person })], NO_STREAM);
    await first.store.close();
    const before = readFileSync(file, 'utf8').trim();
    await expect(opened(before)).rejects.toThrow(/SECRET_KEY_PREVIOUS is the same key as .*secret\.key/);
    writeFileSync(file, `${Buffer.alloc(32, 8).toString('base64')}\n`);
    await expect(opened()).rejects.toThrow(/To exchange SECRET_KEY, set SECRET_KEY_PREVIOUS/);
    for (const previous of [before, undefined]) {
      const { store, keys } = await opened(previous);
      const names: unknown[] = [];
      for await (const { data } of store.readAll()) names.push(data['person']);
      await keys.finishExchange(() => undefined);
      await store.close();
      expect(names).toEqual([person]);
    }
    writeFileSync(file, `${before}\n`);
    await expect(opened()).rejects.toThrow(/SECRET_KEY is not the one/);
  });
});
