import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedKeyStore } from '../../src/eventstore/embedded/keyStore';
import { EmbeddedEventStore } from '../../src/eventstore/embedded/store';
import { PersonKeys } from '../../src/eventstore/people/keys';
import { SealedEventStore } from '../../src/eventstore/people/sealedEventStore';
import type { StoredEvent } from '../../src/eventstore/eventStore';

/** Copies the log of a `DATA_DIR` to a new one as versions before encryption would have written it: with people, texts, addresses and clients in plain text, and no keys. */
export async function copyInPlainText(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  copyFileSync(join(from, 'secret.key'), join(to, 'secret.key'));
  const current = Buffer.from(readFileSync(join(from, 'secret.key'), 'utf8'), 'base64');
  const source = new SealedEventStore(EmbeddedEventStore.open(from), new PersonKeys(EmbeddedKeyStore.open(from), { current }, (address) => address));
  const target = EmbeddedEventStore.open(to);
  try {
    for await (const event of source.readAll()) {
      const { content = {} } = (await source.disclose(await storedAt(source.inner, event))).actor ?? {};
      const client = Object.fromEntries(Object.entries(content).filter(([name]) => name.startsWith('client')));
      const metadata = { ...event.metadata, ...client };
      delete (metadata as { actor?: unknown }).actor;
      await target.append(event.stream, [{ ...event, metadata }], event.revision - 1);
    }
  } finally {
    await target.close();
    await source.close();
  }
}

async function storedAt(store: EmbeddedEventStore, { stream, revision }: StoredEvent): Promise<StoredEvent> {
  for await (const event of store.readStream(stream, { fromRevision: revision, maxCount: 1 })) return event;
  throw new Error(`${stream} has no event of revision ${revision}.`);
}
