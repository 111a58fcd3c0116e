import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { composeInvitation } from '../../src/application/delivery/messages/invitation';
import { erasePerson } from '../../src/composition/erasure';
import { openLog } from '../../src/composition/stores';
import { parseConfig } from '../../src/config';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import { PersonKeys } from '../../src/eventstore/people/keys';
import { SealedEventStore } from '../../src/eventstore/people/sealedEventStore';
import { NO_STREAM } from '../../src/eventstore/eventStore';
import { createLogger } from '../../src/server/logger';
import { Outbox } from '../../src/server/mail/outbox';
import { sampleEvent } from '../eventstore/sampleEvents';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const SECRET_KEY = Buffer.alloc(32, 7);
const ADDRESS = 'inviter@stays.example';
const logger = createLogger('silent');

describe('the erasure of a person', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => {
    directory.remove();
  });

  it.each(['J.R. Smith', 'Smith/Jones: R&D', 'J.R.\u2060 "Bob" Smith\\Jones'])('removes messages in the outbox whose text names the person as %s', async (name) => {
    const config = parseConfig({ NODE_ENV: 'development', AUTH_JWT_SECRET: 'x'.repeat(32), SECRET_KEY: SECRET_KEY.toString('base64'), DATA_DIR: directory.path });
    const { store } = await openLog(config, logger);
    await store.append('app-acme', [sampleEvent({ userId: 'u1', person: { keapId: ADDRESS, name } })], NO_STREAM);
    await store.close();
    const outbox = new Outbox(join(directory.path, 'outbox'));
    for (const inviter of [name, 'Olivia Owner']) {
      const facts = { inviter, accountName: 'Acme', kind: 'PARTNER', role: 'STANDARD', reason: null, expiresAt: '2030-01-31T12:00:00.000Z', link: 'http://localhost/invitation#token' } as const;
      await outbox.send({ to: 'carla@coach.example', messageId: '<1@localhost>', ...composeInvitation(facts, 'You are invited to {accountName}', 'en') });
    }
    expect(await erasePerson(config, [ADDRESS], logger)).toMatchObject({ events: 1, messages: 1 });
    expect(readdirSync(join(directory.path, 'outbox'))).toHaveLength(1);
  });

  it.each(['a@bücher.example', 'A@xn--bcher-kva.example'])('destroys the keys of both forms of an address with other than ASCII letters, named as %s', async (named) => {
    const config = parseConfig({ NODE_ENV: 'development', AUTH_JWT_SECRET: 'x'.repeat(32), SECRET_KEY: SECRET_KEY.toString('base64'), DATA_DIR: directory.path });
    const before = new SealedEventStore(EmbeddedEventStore.open(directory.path), new PersonKeys(EmbeddedKeyStore.open(directory.path), { current: SECRET_KEY, previous: null }, (address) => address.normalize('NFKC').toLowerCase()));
    await before.append('app-acme', [sampleEvent({ userId: 'u1', person: { keapId: 'A@Bücher.example', name: 'Ann' } })], NO_STREAM);
    await before.close();
    const { store } = await openLog(config, logger);
    await store.append('app-acme', [sampleEvent({ userId: 'u1', person: { keapId: 'A@Bücher.example', name: 'Ann' } })], 0);
    await store.close();
    expect(await erasePerson(config, [named], logger)).toMatchObject({ number: 1, events: 2 });
    await expect(erasePerson(config, ['b@bücher.example'], logger)).rejects.toThrow('No event names this person');
  });
});
