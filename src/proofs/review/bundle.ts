import type { DomainEvent, PersonEnvelope } from '../../domain/events';
import { liftedEvent } from '../../domain/eventVersions';
import { reviewStream, rosterStream } from '../../domain/streams';
import { FIRST_PREVIOUS_HASH } from '../../eventstore/eventHash';
import type { EventStore, JsonObject, JsonValue, StoredEvent } from '../../eventstore/eventStore';
import { type Disclosed, envelopesIn, PERSON, withValueAt } from '../../eventstore/people/envelope';
import { mergedStreams } from '../../projections/paging/keyset';
import { type BundlePart, type BundleSource, sealedBundle } from '../bundle';
import { type ReportedEvent, ReviewFold, type ReviewReport, toldBy } from './report';

/** Type of the line that describes a review. */
export const REVIEW_TYPE = 'partner-access.review';
/** Type of the line of a person in a review. */
export const REVIEWED_PERSON_TYPE = 'partner-access.reviewed-person';

/** A review that cannot be exported. */
export class NoReviewToExport extends Error {
  override readonly name = 'NoReviewToExport';

  constructor(
    message: string,
    /** Whether the review exists and is open. */
    readonly isOpen: boolean,
  ) {
    super(message);
  }
}

/** The parts of the log that a review is exported from. */
export type ReviewSource = Pick<BundleSource, 'disclose'> & { readonly store: Pick<EventStore, 'readStream'> };

interface Named {
  readonly event: StoredEvent;
  readonly previousHash: string;
  readonly disclosed: Disclosed;
}

/** A signed-off review, with the events that say who its people are. */
export interface ReviewToExport {
  readonly reviewId: string;
  readonly appId: string;
  /** Position of the event that signed it off. */
  readonly finishedPosition: string;
  readonly report: ReviewReport;
  /** In the order of the log. */
  readonly named: readonly Named[];
}

/** Reads a signed-off review. @throws NoReviewToExport when there is no such review, or it is open. @throws StoreUnavailable */
export async function readReview(source: ReviewSource, reviewId: string): Promise<ReviewToExport> {
  const review = new ReviewFold(reviewId);
  for await (const event of source.store.readStream(reviewStream(reviewId))) {
    const reported = reportedEvent(event, toldOf(await source.disclose(event)));
    if (reported) review.take(reported);
  }
  const { appId, finishedPosition } = review;
  if (appId === null) throw new NoReviewToExport(`The log has no access review ${reviewId}.`, false);
  if (finishedPosition === null) throw new NoReviewToExport(`The access review ${reviewId} is open. It can be exported when it is signed off.`, true);
  const named = await namedIn(source, appId, finishedPosition, review);
  for (const { event, disclosed } of named) {
    const reported = reportedEvent(event, toldOf(disclosed));
    if (reported) review.take(reported);
  }
  const report = review.report();
  if (report === null) throw new Error(`The access review ${reviewId} has no report.`);
  return { reviewId, appId, finishedPosition, report, named };
}

/**
 * Writes a signed-off review as a sealed bundle: the review and each of its people as a line to read, then all events of the review, and of the app
 * those that say who the people are, each with its proof. `verify` makes the lines again from the events.
 */
export const reviewBundle = (source: BundleSource, review: ReviewToExport): AsyncGenerator<string, void, undefined> =>
  sealedBundle(source, { app: review.appId, from: null, to: null, review: review.reviewId }, partsOf(source, review));

async function* partsOf({ store, disclose }: ReviewSource, { reviewId, report, named }: ReviewToExport): AsyncGenerator<BundlePart, void, undefined> {
  yield { type: REVIEW_TYPE, id: 'review', data: report.review };
  for (const person of report.people) yield { type: REVIEWED_PERSON_TYPE, id: personLineId(person.number), data: person };
  const previous = new Map(named.map(({ event: { id }, previousHash }) => [id, previousHash]));
  let before = FIRST_PREVIOUS_HASH;
  for await (const event of mergedStreams([listed(named), store.readStream(reviewStream(reviewId))], () => true)) {
    const previousHash = previous.get(event.id) ?? before;
    yield { event, previousHash, disclosed: await disclose(event) };
    if (!previous.has(event.id)) before = event.hash;
  }
}

/** The id of a person's line. */
export const personLineId = (number: number): string => `person-${number}`;

async function* listed(named: readonly Named[]): AsyncGenerator<StoredEvent, void, undefined> {
  for (const { event } of named) yield event;
}

/** Finds, up to a position, the last event of each person that names them, and the last one that binds each actor to a user, as well as the last name of the app. */
async function namedIn({ store, disclose }: ReviewSource, appId: string, until: string, { userIds, actorIds }: ReviewFold): Promise<readonly Named[]> {
  const names = new Map<string, number>();
  const bindings = new Map<string, { readonly userId: string; readonly revision: number }>();
  let ofApp = -1;
  for await (const stored of rosterUntil(store, appId, until)) {
    const event = liftedEvent(stored);
    const { userId, personId, names: isNamed = false, appName } = event ? toldBy(event) : {};
    if (userId !== undefined && isNamed) names.set(userId, stored.revision);
    if (userId !== undefined && personId !== undefined && actorIds.has(personId)) bindings.set(personId, { userId, revision: stored.revision });
    if (appName !== undefined) ofApp = stored.revision;
  }
  const people = new Set([...userIds, ...[...bindings.values()].map(({ userId }) => userId)]);
  const wanted = new Set([ofApp, ...[...people].flatMap((userId) => names.get(userId) ?? []), ...[...bindings.values()].map(({ revision }) => revision)]);
  const found: Named[] = [];
  let previousHash = FIRST_PREVIOUS_HASH;
  for await (const event of rosterUntil(store, appId, until)) {
    if (wanted.has(event.revision)) found.push({ event, previousHash, disclosed: await disclose(event) });
    previousHash = event.hash;
  }
  return found;
}

async function* rosterUntil(store: ReviewSource['store'], appId: string, until: string): AsyncGenerator<StoredEvent, void, undefined> {
  for await (const event of store.readStream(rosterStream(appId))) {
    if (event.position > until) return;
    yield event;
  }
}

/** What is told in plain text of what an event holds sealed: the person, the texts by their paths, and who acted. Null for what is not told. */
export interface ToldOfPeople {
  readonly person: JsonValue;
  readonly texts: JsonValue;
  readonly actor: JsonValue;
}

/** Nothing is told, as without the keys of people. */
export const NOTHING_TOLD: ToldOfPeople = { person: null, texts: null, actor: null };

const toldOf = ({ person, texts, actor }: Disclosed): ToldOfPeople => ({ person: person?.content ?? null, texts: texts?.content ?? null, actor: actor?.content ?? null });

/** An event's data with the texts that are told in place of the sealed ones, and null in place of those that are not. */
export function dataAsTold(data: JsonObject, { texts }: ToldOfPeople): JsonObject {
  const told = typeof texts === 'object' && texts !== null && !Array.isArray(texts) ? (texts as JsonObject) : {};
  return envelopesIn(data).reduce((opened, { place }) => (place === PERSON ? opened : withValueAt(opened, place, told[place] ?? null)), data);
}

/** Reads an event as a report is made of it. @returns undefined for an event of a type that this program does not know. */
export function reportedEvent(stored: Pick<StoredEvent, 'type' | 'schemaVersion' | 'data' | 'id' | 'position' | 'occurredAt' | 'hash'> & { readonly metadata: { readonly actorId: string } }, told: ToldOfPeople): ReportedEvent | undefined {
  const data = dataAsTold(stored.data, told);
  const event: DomainEvent | undefined = liftedEvent({ ...stored, data });
  const { id, position, occurredAt, hash, metadata: { actorId } } = stored;
  return event && { event, id, position, occurredAt, hash, actorId, person: personIn(told.person) ?? personIn(data['person'] ?? null), actor: personIn(told.actor) };
}

function personIn(value: JsonValue): PersonEnvelope | null {
  if (typeof value !== 'object' || value === null || !('keapId' in value)) return null;
  const { keapId, name } = value;
  return typeof keapId === 'string' ? { keapId, name: typeof name === 'string' ? name : null } : null;
}
