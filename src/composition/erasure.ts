import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemCaller, systemClock } from '../application/commandTypes';
import { escapeHtml, withoutWordJoiners } from '../application/delivery/messages/message';
import { newRun } from '../application/handling/append';
import { PersonBindings } from '../application/people/bindings';
import { ERASER, recordErasure } from '../application/people/erasures';
import { openLog, removeViews } from './stores';
import type { Config } from '../config';
import { printable } from '../domain/fields';
import { formerKeapIds, normalizeKeapId } from '../domain/keapId';
import { EmbeddedEventStore } from '../eventstore/embedded/store';
import { erasedPerson } from '../eventstore/people/envelope';
import type { PersonKeys } from '../eventstore/people/keys';
import { requireRewritable, rewriteLog } from './rewriting';
import { finishRewrite, NOT_ON_A_SERVER, type RewriteReport, WORKSHOP } from './rewritten';
import { type FieldCounts, tracesOf } from './traces';

/** The result of erasing a person. */
export interface ErasureReport {
  /** The n of "erased person #n", which is shown instead of the person from now on. */
  readonly number: number;
  /** Events whose personal data can no longer be decrypted. */
  readonly events: number;
  /** Events with something about the person that no key of theirs protects. It stays readable. */
  readonly plainEvents: number;
  /** The fields of those events, such as `metadata.clientAddress`, with the number of events that have them. */
  readonly plainFields: FieldCounts;
  /** Other addresses that the same sign-ins stated, which are not erased. */
  readonly otherAddresses: readonly string[];
  /** Messages that were removed from the outbox. */
  readonly messages: number;
  /** What was removed from the log by writing it anew; null when it was not. */
  readonly rewrite: RewriteReport | null;
}

interface ErasureOptions {
  /** Writes the log anew without what no key protects, where there is anything of that. */
  readonly rewrite?: boolean;
}

/** Nobody can be erased: no event names the person, or only events that are stored in plain text do. */
class NobodyToErase extends Error {
  override readonly name = 'NobodyToErase';
}

/**
 * Erases one person: destroys the encryption keys of their addresses, unbinds the addresses from the sign-in that used them, and
 * removes messages and read models from `DATA_DIR`. The log keeps its events, hashes and proofs, and records the erasure. An
 * interrupted erasure is completed by calling this again.
 * @throws NobodyToErase. @throws Error when a process holds `DATA_DIR`, or the keys do not fit. @throws StoreUnavailable
 */
export async function erasePerson(config: Config, keapIds: readonly string[], logger: Logger, { rewrite = false }: ErasureOptions = {}): Promise<ErasureReport> {
  const addresses = new Set(keapIds.flatMap((keapId) => [normalizeKeapId(keapId), ...formerKeapIds(keapId)]));
  if (addresses.has('')) throw new NobodyToErase('The Keap ID is empty. Pass the e-mail address of the person to erase.');
  const finished = await finishRewrite(config);
  const { store, keys } = await openLog(config, logger);
  try {
    await rm(join(config.dataDir, WORKSHOP), { recursive: true, force: true });
    if (rewrite) requireRewritable(config, store.storeId);
    const keyIds = [...await keys.idsOf([...addresses])];
    const traces = await tracesOf({ opened: store, stored: store.inner }, { addresses, keyIds: new Set(keyIds) });
    if (keyIds.length === 0 && (traces.plainEvents === 0 || !rewrite)) {
      throw new NobodyToErase(traces.plainEvents === 0 ? 'No event names this person. Check the spelling of the Keap ID.' : `${traces.plainEvents} events name this person, all of them stored in plain text before events were encrypted. ${config.eventStoreUrl === null ? 'Add --rewrite to write the log anew without that.' : NOT_ON_A_SERVER}`);
    }
    // A number belongs to keys, so somebody who never had one gets one to destroy.
    if (keyIds.length === 0) for (const address of addresses) keyIds.push((await keys.sealingKey(address)).id);
    const messages = await removeMessages(join(config.dataDir, 'outbox'), [...addresses, ...traces.texts]);
    removeViews(config.dataDir);
    const bindings = new PersonBindings(store, systemClock, keys.ring.identity);
    for (const address of addresses) await bindings.forget(address, newRun(systemCaller(ERASER)));
    const number = await keys.numberFor(keyIds);
    const { events, plainEvents, plainFields, otherAddresses, person } = traces;
    const erasure = { number, keys: [...keyIds, ...(await keysOfPlaceholder(keys, number))], events };
    const { inner } = store;
    // The keys are destroyed when the new log is whole: after a crash before that, the person is looked for again.
    if (rewrite && plainEvents > 0 && finished?.number !== number && inner instanceof EmbeddedEventStore) {
      const written = await rewriteLog({ opened: store, stored: inner, close: () => store.close() }, { config, keys, person, erasure });
      return { number, events, plainEvents: written.leftEvents, plainFields: written.left, messages, otherAddresses, rewrite: written };
    }
    // After everything that can be repeated only while the keys exist. The record comes last: it says that the keys are gone.
    const erased = await keys.erase(erasure.keys);
    await recordErasure(store, systemClock, { ...erasure, number: erased.number, plainEvents });
    return { number: erased.number, events, plainEvents, plainFields, messages, otherAddresses, rewrite: finished?.number === number ? finished.report : null };
  } finally {
    await store.close();
  }
}

/** The ids of the keys of a person's placeholder, with which was encrypted whatever was said of them after an earlier erasure. */
const keysOfPlaceholder = (keys: PersonKeys, number: number): Promise<readonly string[]> => keys.idsOf([normalizeKeapId(erasedPerson(number).keapId)]);

/** Removes messages to the person and messages that name them. @returns the number of removed messages. */
async function removeMessages(directory: string, texts: readonly string[]): Promise<number> {
  const files = await readdir(directory).catch(() => []);
  const wanted = texts.flatMap((text) => [text, printable(text)]).map(withoutWordJoiners).filter((text) => text !== '').flatMap((text) => [text, JSON.stringify(text).slice(1, -1), escapeHtml(text)]);
  let removed = 0;
  for (const name of files) {
    const file = join(directory, name);
    const message = withoutWordJoiners(await readFile(file, 'utf8')).toLowerCase();
    if (!wanted.some((text) => message.includes(text))) continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

/** Notices that another process erased somebody. This process then has to restart, because its read models still name the person. */
export class ErasureWatch {
  #notice: (reason: Error) => void = () => undefined;
  /** Resolves when another process has erased somebody. */
  readonly noticed = new Promise<Error>((resolve) => {
    this.#notice = resolve;
  });

  /** @param seen the number of erasures that the read models already reflect. */
  constructor(
    private readonly keys: { erasures(): Promise<number> },
    private readonly seen: number,
  ) {}

  /** Compares the number of erasures with the one seen at startup. @throws StoreUnavailable when the keys cannot be read. */
  async check(): Promise<void> {
    if ((await this.keys.erasures()) !== this.seen) this.#notice(new Error('Another process erased a person. Restart this process, so that its read models are rebuilt without them.'));
  }
}
