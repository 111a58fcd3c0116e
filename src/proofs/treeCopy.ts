import { existsSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { TemporaryDirectory } from '../files/temporaryDirectory';
import { ReadModelDatabase } from '../projections/engine/database';
import { EventTree } from './eventTree';

/** A tree that may be added to, apart from that of the service. */
export interface TreeCopy {
  readonly tree: EventTree;
  /** Closes the tree and removes its file. */
  close(): void;
}

/**
 * Opens a copy of the tree of a log that the service keeps in a file, so that not all of the log has to be read to prove something. The copy is empty where
 * the file is missing, damaged, or has the tree of another log.
 */
export function copyTree(file: string, storeId: string): TreeCopy {
  const directory = new TemporaryDirectory('tree');
  const copy = directory.file(basename(file));
  try {
    if (existsSync(file)) copyInto(copy, file);
    const tree = EventTree.open(copy, storeId);
    return { tree, close: () => { tree.close(); directory.remove(); } };
  } catch (error) {
    directory.remove();
    throw error;
  }
}

function copyInto(copy: string, file: string): void {
  let original: ReadModelDatabase | undefined;
  try {
    original = ReadModelDatabase.open(file);
    original.writeCopyTo(copy);
  } catch {
    // The log is authoritative: the tree is made from it again.
    rmSync(copy, { force: true });
  } finally {
    original?.close();
  }
}
