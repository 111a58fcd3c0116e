import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemCaller } from './application/caller';
import { systemClock } from './application/clock';
import { newRun } from './application/commandRun';
import { PersonBindings } from './application/personBindings';
import { loadOrCreateSecretKey } from './application/secretKey';
import type { Config } from './config';
import { normalizeKeapId } from './domain/keapId';
import type { EventStore, JsonValue } from './eventstore/eventStore';
import { isSealedPerson } from './eventstore/personEnvelope';
import { openLog, removeViews } from './openStores';

/** What erasing a person did. */
export interface ErasureReport {
  /** the person is "erased person #n" from now on. */
  readonly number: number;
  /** events that hold the person under a key that is gone. */
  readonly events: number;
  /** events that were stored in plain text before there were keys, and stay as they are. */
  readonly plainEvents: number;
  /** messages that were removed from the outbox. */
  readonly messages: number;
}

/** No event holds anything of that person. */
export class NobodyToErase extends Error {
  override readonly name = 'NobodyToErase';
}

/**
 * Erases one person: destroys the keys of their addresses, frees the addresses from the sign-in that
 * they were bound to, and removes what was made of them in `DATA_DIR`. The log keeps
 * its events, hashes and proofs. Again, after it was stopped, it ends what it began.
 * @throws NobodyToErase. @throws Error when a process holds `DATA_DIR`, or the keys do not fit. @throws StoreUnavailable
 */
export async function erasePerson(config: Config, keapIds: readonly string[], logger: Logger): Promise<ErasureReport> {
  const addresses = new Set(keapIds.map(normalizeKeapId));
  if (addresses.has('')) throw new NobodyToErase('A Keap ID is an e-mail address; an empty one names nobody.');
  const secretKey = config.secretKey ?? loadOrCreateSecretKey(config.dataDir);
  const { store, keys } = await openLog(config, secretKey, logger);
  try {
    const keyIds = await keys.idsOf([...addresses]);
    const traces = await tracesOf(store, store.inner, addresses, new Set(keyIds));
    if (keyIds.length === 0) {
      throw new NobodyToErase(traces.plainEvents === 0 ? 'No event names this person.' : `${traces.plainEvents} events name this person, all of them stored in plain text before there were keys. They cannot be erased without breaking the chain of hashes.`);
    }
    const messages = await removeMessages(join(config.dataDir, 'outbox'), [...addresses, ...traces.texts]);
    removeViews(config.dataDir);
    const bindings = new PersonBindings(store, systemClock, secretKey);
    for (const address of addresses) await bindings.forget(address, newRun(systemCaller('erasure')));
    // Last: while the key is there, all of this can be done again.
    const { number } = await keys.erase(keyIds);
    return { number, events: traces.events, plainEvents: traces.plainEvents, messages };
  } finally {
    await store.close();
  }
}

interface Traces {
  readonly events: number;
  readonly plainEvents: number;
  /** addresses and names as they were typed, in lower case. */
  readonly texts: ReadonlySet<string>;
}

/** What the log holds of a person. */
async function tracesOf(opened: EventStore, stored: EventStore, addresses: ReadonlySet<string>, keyIds: ReadonlySet<string>): Promise<Traces> {
  const texts = new Set<string>();
  let events = 0;
  let plainEvents = 0;
  const names = opened.readAll()[Symbol.asyncIterator]();
  for await (const { data } of stored.readAll()) {
    const next = await names.next();
    const { person } = data;
    const plain = next.done === true ? undefined : next.value.data['person'];
    if (isSealedPerson(person) ? !keyIds.has(person.key) : !addresses.has(normalizeKeapId(textIn(plain, 'keapId')))) continue;
    if (isSealedPerson(person)) events += 1;
    else plainEvents += 1;
    for (const field of ['keapId', 'name']) texts.add(textIn(plain, field).toLowerCase());
  }
  texts.delete('');
  return { events, plainEvents, texts };
}

/** Removes the messages to the person and those that name them. @returns how many. */
async function removeMessages(directory: string, texts: readonly string[]): Promise<number> {
  const files = await readdir(directory).catch(() => []);
  let removed = 0;
  for (const name of files) {
    const file = join(directory, name);
    const message = (await readFile(file, 'utf8')).toLowerCase();
    if (!texts.some((text) => message.includes(text) || message.includes(JSON.stringify(text).slice(1, -1)) || message.includes(inHtml(text)))) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

const inHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function textIn(value: JsonValue | undefined, field: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  const found: unknown = Object.entries(value).find(([name]) => name === field)?.[1];
  return typeof found === 'string' ? found : '';
}
