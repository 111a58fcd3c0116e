import { type MembershipEventFilter, StoredHistoryDocument, type StoredHistoryQuery } from '@partner-access/client';
import type { Client } from 'urql';
import { dataOf } from '../event/evidence';

/** An event with everything that is stored of it. */
export type ExportedEvent = StoredHistoryQuery['membershipEvents']['nodes'][number];

/** The service gives no larger page. */
const PAGE = 200;

/** What is written into a file. */
export interface ExportFormat {
  readonly type: string;
  readonly head: string;
  readonly line: (event: ExportedEvent) => string;
}

/**
 * Reads the events of a filter page by page into a file. Each page is handed to the browser, which keeps large ones on the disk, so that any number of events fits.
 * @param onProgress is told how many were read so far.
 * @returns null once the signal is aborted. @throws CombinedError when a page cannot be read.
 */
export async function fileOf(client: Client, filter: MembershipEventFilter, { type, head, line }: ExportFormat, onProgress: (count: number) => void, signal: AbortSignal): Promise<Blob | null> {
  const parts = [new Blob([head])];
  let count = 0;
  let after: string | null = null;
  do {
    const page: { readonly after?: string } = after === null ? {} : { after };
    const { nodes, pageInfo } = dataOf(await client.query(StoredHistoryDocument, { filter, first: PAGE, ...page })).membershipEvents;
    if (signal.aborted) return null;
    parts.push(new Blob([nodes.map(line).join('')]));
    count += nodes.length;
    onProgress(count);
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return new Blob(parts, { type });
}

/** One event a line, with what its hash is computed from. */
export const NDJSON: ExportFormat = {
  type: 'application/x-ndjson',
  head: '',
  line: ({ position, appId, stream, revision, type, occurredAt, eventId, actorId, correlationId, causationId, summary, data, hash, hashedText }) =>
    `${JSON.stringify({ position, appId, stream, revision, type, occurredAt, eventId, actorId, correlationId, causationId, summary, data, hash, hashedText })}\n`,
};
