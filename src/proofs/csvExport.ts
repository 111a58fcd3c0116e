import { canonicalJson } from '../eventstore/canonicalJson';
import type { EventStore, StoredEvent } from '../eventstore/eventStore';
import { exportedEvents, type ExportSelection } from './exportedEvents';

const COLUMNS = ['position', 'time', 'stream', 'revision', 'type', 'eventId', 'actorId', 'userId', 'keapId', 'name', 'correlationId', 'data', 'metadata', 'hash'];

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The selected events as CSV (RFC 4180) for a spreadsheet, record by record with its line end, column names first. */
export async function* csvExport(store: EventStore, selection: ExportSelection): AsyncGenerator<string, void, undefined> {
  yield recordOf(COLUMNS);
  for await (const { event } of exportedEvents(store, selection)) yield recordOf(cellsOf(event));
}

function cellsOf(event: StoredEvent): readonly string[] {
  const { position, occurredAt, stream, revision, type, id, metadata, data, dataJson, hash } = event;
  const person = typeof data['person'] === 'object' && data['person'] !== null ? data['person'] : {};
  const [keapId, name] = ['keapId' in person ? person['keapId'] : '', 'name' in person ? person['name'] : ''];
  const texts = [data['userId'], keapId, name].map((value) => (typeof value === 'string' ? value : ''));
  return [position, occurredAt, stream, String(revision), type, id, metadata.actorId, ...texts, metadata.correlationId, dataJson, canonicalJson(metadata), hash];
}

const recordOf = (cells: readonly string[]): string => `${cells.map(cellText).join(',')}\r\n`;

/** A quote in front makes a spreadsheet show what it would calculate. */
function cellText(cell: string): string {
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
