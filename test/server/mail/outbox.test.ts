import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Outbox } from '../../../src/server/mail/outbox';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';

const mail = (number: number): Parameters<Outbox['send']>[0] => ({ to: `p${number}@example.com`, subject: `Subject ${number}`, text: 'text', html: '<p>html</p>', messageId: `<${number}@example.com>` });

describe('Outbox', () => {
  let directory: TemporaryDirectory;
  let folder: string;
  let outbox: Outbox;
  beforeEach(() => {
    directory = temporaryDirectory();
    folder = join(directory.path, 'outbox');
    outbox = new Outbox(folder);
  });
  afterEach(() => {
    directory.remove();
  });

  it('is empty before the first message', async () => {
    expect(await outbox.messages(10)).toEqual([]);
  });

  it('keeps messages in files that only their owner can read, oldest first', async () => {
    await outbox.send(mail(1));
    await outbox.send(mail(2));
    const found = await outbox.messages(10);
    expect(found.map(({ to }) => to).sort()).toEqual(['p1@example.com', 'p2@example.com']);
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).sort());
    expect(await outbox.message(found[0]!.id)).toEqual(found[0]);
    expect(found[0]).toMatchObject({ subject: expect.any(String), text: 'text', html: '<p>html</p>' });
    expect(readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777)).toEqual([0o600, 0o600]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  const writeMessages = (from: number, to: number): void => {
    for (let number = from; number <= to; number += 1) writeFileSync(join(folder, `20260301T${String(number).padStart(9, '0')}Z-0123456789ab.json`), '{}');
  };

  it('keeps the newest 1,000 messages of an earlier process', async () => {
    await outbox.send(mail(0));
    writeMessages(1, 1_001);
    await new Outbox(folder).send(mail(1));
    expect(readdirSync(folder)).toHaveLength(1_000);
    expect((await outbox.messages(2)).map(({ to }) => to).sort()).toEqual(['p0@example.com', 'p1@example.com']);
  });

  it('deletes the oldest messages when there are more than 1,100', async () => {
    await outbox.send(mail(0));
    writeMessages(1, 999);
    const running = new Outbox(folder);
    for (let number = 1; number <= 101; number += 1) await running.send(mail(number));
    expect(readdirSync(folder)).toHaveLength(1_100);
    await running.send(mail(102));
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(1_000);
    expect(files[0]).toMatch(/^20260301T000000103Z/);
    expect((await running.messages(102)).map(({ to }) => to)).toContain('p1@example.com');
  });

  it.each(['../../secret', '..%2fsecret', '', 'x.json'])('has no message %j', async (id) => {
    writeFileSync(join(directory.path, 'secret.json'), '{}');
    expect(await outbox.message(id)).toBeUndefined();
  });
});
