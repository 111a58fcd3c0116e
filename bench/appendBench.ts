import { toAppend, newRun } from '../src/application/handling/append';
import { canonicalJson } from '../src/eventstore/eventHash';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import { NO_STREAM, type EventToAppend } from '../src/eventstore/eventStore';
import { flushesPerSecond } from './diskLimit';
import { interleaved, medians, perSecond, ROUNDS, withDirectory, type Alternative, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const WRITERS = 64;
const EVENTS_OF_A_LARGE_APPEND = 1_000;
const OCCURRED_AT = '2024-05-17T09:30:00.000Z';

/** So much is appended in each round. */
interface Amounts {
  readonly oneWriter: number;
  readonly ofEachWriter: number;
  readonly largeAppends: number;
}

const FULL: Amounts = { oneWriter: 5_000, ofEachWriter: 800, largeAppends: 60 };
const QUICK: Amounts = { oneWriter: 500, ofEachWriter: 50, largeAppends: 5 };

/** Durable appends, beside writing and flushing the same bytes without any store. */
export async function appendBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const { oneWriter, ofEachWriter, largeAppends } = quick ? QUICK : FULL;
  const line = lineOf(invitation(0));
  const linesOf = (count: number): Buffer => Buffer.concat(Array<Buffer>(count).fill(line));
  const limit = (name: string, bytes: Buffer, flushes: number): Alternative<number> => ({ name, run: () => withDirectory((directory) => flushesPerSecond(directory, bytes, flushes)) });
  const store = (name: string, writers: number, appends: number, size: number): Alternative<number> => ({ name, run: () => withDirectory((directory) => appendsPerSecond(directory, writers, appends, size)) });

  const rates = medians(
    await interleaved(
      [
        limit('limit, 1', line, oneWriter),
        store('store, 1', 1, oneWriter, 1),
        limit('limit, 64', linesOf(WRITERS), ofEachWriter),
        store('store, 64', WRITERS, ofEachWriter, 1),
        limit('limit, 1,000', linesOf(EVENTS_OF_A_LARGE_APPEND), largeAppends),
        store('store, 1,000', 1, largeAppends, EVENTS_OF_A_LARGE_APPEND),
      ],
      ROUNDS,
      progress,
    ),
  );
  const row = (name: string, kind: string, eventsOfAFlush: number, eventsOfAnAppend: number): ResultRow => {
    const most = (rates.get(`limit, ${kind}`) ?? NaN) * eventsOfAFlush;
    const reached = (rates.get(`store, ${kind}`) ?? NaN) * eventsOfAnAppend;
    return { name, values: [reached, most, reached / most] };
  };
  return [
    {
      title: `Durable appends (an event is ${line.length} bytes)`,
      columns: ['events/s', 'limit: write + fdatasync', 'ratio'],
      rows: [
        row('1 writer', '1', 1, 1),
        row('64 writers (limit: 64 a flush)', '64', WRITERS, 1),
        row('1 writer, 1,000 events an append', '1,000', EVENTS_OF_A_LARGE_APPEND, EVENTS_OF_A_LARGE_APPEND),
      ],
    },
  ];
}

/** Each writer has a stream of its own and sends its next append when the last one has been answered. */
async function appendsPerSecond(directory: string, writers: number, appends: number, size: number): Promise<number> {
  const store = EmbeddedEventStore.open(directory);
  const planned = Array.from({ length: writers }, () => Array.from({ length: appends }, () => Array.from({ length: size }, (_, index) => invitation(index))));
  const write = async (own: readonly (readonly EventToAppend[])[], writer: number): Promise<void> => {
    let revision = NO_STREAM;
    for (const events of own) ({ revision } = await store.append(`app-bench${writer}`, events, revision));
  };
  try {
    return await perSecond(writers * appends, async () => {
      await Promise.all(planned.map(write));
    });
  } finally {
    await store.close();
  }
}

/** The event that is written most: somebody was invited. */
function invitation(index: number): EventToAppend {
  const run = newRun({
    actor: { personId: '0b9ac6a8-51a7-8a39-9c39-4a4f4a1d8e01', keapId: 'olivia@keap.example', scopes: [] },
    keapId: 'olivia@keap.example',
    name: null,
    issuedAt: null,
    request: { correlationId: '6cb2d0f6-7f6c-4a3b-9f43-6d2b5c7a1e52', clientAddress: '203.0.113.7', clientName: 'account-central', clientVersion: '4.2.0' },
  });
  const data = {
    userId: 'c0f8a8e0-3a39-5d53-8f1f-2a6c0b6f7d11',
    invitationId: '7a1c7c0e-8a0f-5a60-9d41-5b1f8c1f0a22',
    role: 'STANDARD' as const,
    expiresAt: '2024-05-24T09:30:00.000Z',
    tokenHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    sendCount: 1,
    invitedBy: '3d0e5a34-2f1b-5b7e-a3c5-0e9d8c7b6a33',
    reason: null,
    person: { keapId: `partner${index}@agency.example`, name: 'Anna Agency' },
  };
  const [event] = toAppend([{ type: 'PartnerInvited', data }], run, { decidedAt: OCCURRED_AT, occurredAt: OCCURRED_AT });
  if (event === undefined) throw new Error('One event was asked for.');
  return event;
}

/** Everything of the event that a store has to keep. */
function lineOf(event: EventToAppend): Buffer {
  return Buffer.from(`${canonicalJson({ ...event, stream: 'app-bench0', revision: 0, position: 1, hash: '0'.repeat(64) })}\n`);
}
