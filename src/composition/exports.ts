import { ProjectionBehind } from '../application/errors';
import { accessCsv, accessFileName } from '../application/exports/access';
import { CSV_TYPE } from '../application/exports/csv';
import { keyOf, readEventsAt } from '../application/history/eventsAt';
import { Steps } from '../concurrency';
import { FIRST_PREVIOUS_HASH } from '../eventstore/eventHash';
import { START, type StoredEvent } from '../eventstore/eventStore';
import { AdministrativeEventsQueries } from '../projections/administrativeEvents/queries';
import { whenUnlocked } from '../projections/engine/locks';
import type { MembershipEventRow } from '../projections/membershipEvents/rows';
import type { Page } from '../projections/paging/page';
import { AccessQueries } from '../projections/periodsOfAccess/queries';
import { type BundlePart, type BundleSource, sealedBundle } from '../proofs/bundle';
import type { SignedCheckpoint } from '../proofs/checkpoints/statement';
import { requestOf } from '../proofs/events';
import type { Proofs } from '../proofs/proofs';
import { readReview, reviewBundle, type ReviewToExport } from '../proofs/review/bundle';
import { reviewPage } from '../proofs/review/page';
import { PAGE_LANGUAGES } from '../proofs/review/pageTexts';
import { RequestContext } from '../resolvers/context';
import { type AdministrationQuestion, openAdministrationExport } from '../resolvers/history/export';
import { openAccessExport } from '../resolvers/period/export';
import { openReviewExport } from '../resolvers/review/export';
import { type ExportedFile, ExportRefused, type Exports } from '../server/exports/routes';
import type { RequestResources } from '../server/graphql/request';
import type { Membership } from './membership';

type Parts = Pick<Membership, 'database' | 'requireFilled' | 'store'> & { readonly proofs: Pick<Proofs, 'sealing'> };

/** The files that can be downloaded. Lists are read from a snapshot of the read models, so that they are of one moment; an access review is read from the log. */
export const exportsOver = ({ database, requireFilled, store, proofs }: Parts): Exports => ({
  async access(resources, question): Promise<ExportedFile> {
    const readable = await openAccessExport(contextIn(resources), question);
    requireFilled();
    const snapshot = await whenUnlocked(() => database.snapshot());
    if (snapshot === undefined) throw new Error('Read models in memory have no snapshots.');
    const texts = function* (): Generator<string, void, undefined> {
      for (const { text } of accessCsv(new AccessQueries(snapshot), readable.time, readable)) yield text;
    };
    return { name: accessFileName(readable.time), type: CSV_TYPE, parts: texts(), close: () => { snapshot.close(); } };
  },

  async administration(resources, { from, to }): Promise<ExportedFile> {
    const context = contextIn(resources);
    await openAdministrationExport(context, { from, to });
    requireFilled();
    const [last] = new AdministrativeEventsQueries(database).page({ from, to }, true, { last: 1 }).nodes;
    const sealing = await proofs.sealing(last?.position ?? START, SIGNING_WAIT_MS);
    if (sealing === null) throw new ExportRefused(NOT_SEALED);
    // The file has every act up to its checkpoint, so the index has to be that far.
    const { position, time } = sealing.checkpoint.statement;
    if (!(await context.readModels.waitFor(position, INDEX_WAIT_MS))) throw new ProjectionBehind('The read models have not yet reached the checkpoint of the file. Send the same request again.');
    const snapshot = await whenUnlocked(() => database.snapshot());
    if (snapshot === undefined) throw new Error('Read models in memory have no snapshots.');
    const source = { ...sealing, store: store.inner, disclose: (event: StoredEvent) => store.disclose(event) };
    const parts = actsIn(source, new AdministrativeEventsQueries(snapshot), { from, to });
    const lines = sealedBundle(source, requestOf({ appId: null, administration: true, from, to }), parts);
    return { name: `administration-${time.slice(0, 10)}.ndjson`, type: BUNDLE_TYPE, parts: chunksOf(lines), close: () => { snapshot.close(); } };
  },

  async review(resources, { reviewId, format, language }, worked): Promise<ExportedFile> {
    const row = await openReviewExport(contextIn(resources), reviewId, format);
    if (row === null) throw new ExportRefused({ status: 404, code: 'NOT_FOUND', message: 'There is no such access review that you can reach. Check the id.' });
    if (row.finishedAt === null) throw new ExportRefused({ status: 409, code: 'BAD_USER_INPUT', message: 'The access review is open. It can be downloaded when it is signed off.' });
    const { inner } = store;
    const disclose = (event: StoredEvent) => store.disclose(event);
    const review = await readReview({ store: { readStream: (...given) => inSteps(inner.readStream(...given), worked) }, disclose }, reviewId);
    const sealing = await proofs.sealing(review.finishedPosition, SIGNING_WAIT_MS);
    if (sealing === null) throw new ExportRefused(NOT_SEALED);
    const source = { ...sealing, store: inner, disclose };
    const lines = format === 'html' ? reviewPage(source, review, PAGE_LANGUAGES.find((one) => one === language) ?? 'en') : reviewBundle(source, review);
    return { name: fileNameOf(review, format), type: format === 'html' ? 'text/html; charset=utf-8' : BUNDLE_TYPE, parts: chunksOf(lines), close: () => undefined };
  },
});

const BUNDLE_TYPE = 'application/x-ndjson';
/** How long a file waits for the index of what it has. */
const INDEX_WAIT_MS = 5_000;
/** Events that are read at once. */
const ACTS_AT_ONCE = 50;

/** What operators and auditors did up to the checkpoint of a bundle, found in the index and read from the log with the hash before each. */
async function* actsIn({ store, disclose, checkpoint }: Pick<BundleSource, 'store' | 'disclose'> & { readonly checkpoint: SignedCheckpoint }, index: AdministrativeEventsQueries, times: AdministrationQuestion): AsyncGenerator<BundlePart, void, undefined> {
  const until = { ...times, untilPosition: checkpoint.statement.position };
  let after: string | null = null;
  for (;;) {
    const page: Page<MembershipEventRow> = index.page(until, true, { first: ACTS_AT_ONCE, after });
    const places = page.nodes.flatMap(({ stream, revision }) => (revision === 0 ? [] : [{ stream, revision: revision - 1 }]));
    const [events, before] = await Promise.all([readEventsAt(store, page.nodes), readEventsAt(store, places)]);
    const hashes = new Map(before.map((event) => [keyOf(event), event.hash]));
    for (const event of events) {
      yield { event, previousHash: hashes.get(keyOf({ stream: event.stream, revision: event.revision - 1 })) ?? FIRST_PREVIOUS_HASH, disclosed: await disclose(event) };
    }
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

/** How long a file waits for a checkpoint that covers it. */
const SIGNING_WAIT_MS = 5_000;
const NOT_SEALED = { status: 503, code: 'STORE_UNAVAILABLE', message: 'The file cannot be proved yet, because no checkpoint of the log could be signed. Send the same request again; /health/ready tells operators more.' } as const;

function contextIn(resources: RequestResources): RequestContext {
  if (!(resources instanceof RequestContext)) throw new Error('A file is exported for a request.');
  return resources;
}

/** Reads events and lets other work in between. @param worked called with the milliseconds of each step. */
async function* inSteps(events: AsyncIterable<StoredEvent>, worked: (ms: number) => void): AsyncGenerator<StoredEvent, void, undefined> {
  const steps = new Steps();
  let begun = performance.now();
  for await (const event of events) {
    yield event;
    if (!steps.isOver) continue;
    worked(performance.now() - begun);
    await steps.next();
    begun = performance.now();
  }
  worked(performance.now() - begun);
}

/** Characters in one part of a file. */
const CHUNK = 32 * 1024;

async function* chunksOf(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let waiting = '';
  for await (const line of lines) {
    waiting += `${line}\n`;
    if (waiting.length < CHUNK) continue;
    yield waiting;
    waiting = '';
  }
  if (waiting !== '') yield waiting;
}

const fileNameOf = ({ appId, report }: ReviewToExport, ending: string): string => `access-review-${appId}-${report.review.finishedAt.slice(0, 10)}.${ending}`;
