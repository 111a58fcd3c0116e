import { parentPort, workerData } from 'node:worker_threads';
import { projectionsFilledBeside } from '../../projections/allProjections';
import { fillPart, movePart } from '../../projections/engine/fillReadModels';
import { openLogToRead, openNames } from '../stores';
import type { FillThreadData } from './fillThread';

/** The thread that fills a part of the read models: it says when the part is filled, gets the path of the file to move it into, and says when that is done. */
async function main({ place, part }: FillThreadData): Promise<void> {
  const log = await openLogToRead(place);
  try {
    const names = await openNames(log.store, { ...place, secretKey: keyOf(place.secretKey), secretKeyPrevious: keyOf(place.secretKeyPrevious) });
    await fillPart(names, projectionsFilledBeside, part);
    await names.close();
  } finally {
    await log.store.close();
  }
  parentPort?.once('message', (file: string) => {
    movePart(part.file, file);
    parentPort?.postMessage('moved');
  });
  parentPort?.postMessage('filled');
}

/** A buffer arrives in another thread as an array of its bytes. */
const keyOf = (key: Uint8Array | null): Buffer | null => (key === null ? null : Buffer.from(key));

void main(workerData as FillThreadData);
