import { CopyMismatch } from './copyEventLog';
import type { KeptEntry } from './embeddedKeyStore';
import type { KeyStore } from './keyStore';

/** So many keys are on their way at the same time. */
const AT_ONCE = 32;

/**
 * Copies keys as they are, wrapped, to another place; those that are there already stay. SECRET_KEY has to stay the same.
 * @throws CopyMismatch when the target holds other keys.
 */
export async function copyKeys(entries: Iterable<KeptEntry>, target: KeyStore): Promise<void> {
  let waiting: Promise<void>[] = [];
  for (const entry of entries) {
    const ordered = !('wrapped' in entry);
    if (ordered || waiting.length >= AT_ONCE) {
      await Promise.all(waiting);
      waiting = [];
    }
    const copied = copy(entry, target);
    if (ordered) await copied;
    else waiting.push(copied);
  }
  await Promise.all(waiting);
}

async function copy(entry: KeptEntry, target: KeyStore): Promise<void> {
  if ('check' in entry) {
    if ((await target.keepCheck(entry.check)) !== entry.check) throw new CopyMismatch('The keys of people at the target were wrapped under another SECRET_KEY.');
  } else if ('wrapped' in entry) {
    const kept = await target.add(entry.id, entry.wrapped);
    if (!('wrapped' in kept) || kept.wrapped !== entry.wrapped) throw new CopyMismatch(`The target holds another key ${entry.id} than the source.`);
  } else if ((await target.erase(entry.ids)) !== entry.erasedAs) {
    throw new CopyMismatch('Other people were erased at the target than at the source.');
  }
}
