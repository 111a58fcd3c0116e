import { type HistoryEventQuery, InclusionProofDocument, type InclusionProofQuery, LatestCheckpointDocument, type LatestCheckpointQuery } from '@partner-access/client';
import { type Client, CombinedError } from 'urql';
import { ADMINISTRATIVE_EVENTS, type EventSource, HISTORY } from '../timeline/eventFeed';

/** An event with what is stored of it. */
export type StoredEvent = Extract<NonNullable<HistoryEventQuery['node']>, { readonly hashedText: string }>;
export type Checkpoint = NonNullable<LatestCheckpointQuery['latestCheckpoint']>;

/** What an event is checked against, as the service answers it. */
export interface Evidence {
  /** The event before it in its stream; null for the first one, and undefined when it was not found. */
  readonly previous: { readonly id: string; readonly hash: string } | null | undefined;
  readonly proof: Proof;
}

/** The proof that the event is in the log, or why there is none. */
type Proof =
  | { readonly kind: 'proof'; readonly checkpoint: Checkpoint; readonly inclusion: InclusionProofQuery['inclusionProof'] }
  | { readonly kind: 'notCovered'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'forbidden' | 'noCheckpoint' }
  | { readonly kind: 'refused'; readonly message: string };

const PAGE = 100;
/** So many events before the event are looked at for the one before it in its stream. */
export const MOST_BEFORE = 500;

const network = { requestPolicy: 'network-only' } as const;

/** What the person may read. */
interface Rights {
  /** Whether they may read proofs. */
  readonly mayProve: boolean;
  /** Whether they may read the history of the app. */
  readonly mayReadHistory: boolean;
}

/** The names of the streams of an app, which its history has in full. */
const OF_APP = /^(?:app|contacts)-/;
/** The name of the stream of an access review, of which no history has every event. */
const OF_REVIEW = /^review-/;

/** Reads what an event is checked against. @throws CombinedError when something cannot be read. */
export async function readEvidence(client: Client, event: StoredEvent, { mayProve, mayReadHistory }: Rights): Promise<Evidence> {
  const isOfApp = OF_APP.test(event.stream);
  const before = (): Promise<Evidence['previous']> => {
    if (OF_REVIEW.test(event.stream) && event.revision !== '0') return Promise.resolve(undefined);
    return isOfApp && mayReadHistory ? previousOf(client, HISTORY, event, { appId: event.appId }) : previousOf(client, ADMINISTRATIVE_EVENTS, event, {});
  };
  const [previous, proof] = await Promise.all([before(), mayProve ? proofOf(client, event) : { kind: 'forbidden' as const }]);
  return { previous, proof };
}

/** The data of an answer. @throws CombinedError when there is none. */
export function dataOf<Data>({ data, error }: { readonly data?: Data | undefined; readonly error?: CombinedError | undefined }): Data {
  if (data === undefined) throw error ?? new CombinedError({ networkError: new Error('There is no answer.') });
  return data;
}

/** The ids of events say nothing to a client, so the one before is looked for among those before it in the list. */
async function previousOf(client: Client, source: EventSource, { stream, revision, occurredAt, position }: StoredEvent, within: { readonly appId?: string }): Promise<Evidence['previous']> {
  if (revision === '0') return null;
  const wanted = String(Number(revision) - 1);
  const to = new Date(Date.parse(occurredAt) + 1).toISOString();
  let before: string | null = null;
  for (let seen = 0; seen < MOST_BEFORE; seen += PAGE) {
    const page: { readonly before?: string } = before === null ? {} : { before };
    const { page: read, error } = await source.read(client, { filter: { ...within, to }, last: PAGE, ...page });
    const { nodes, pageInfo } = dataOf({ data: read, error });
    const found = nodes.find((one) => one.position < position && one.stream === stream && one.revision === wanted);
    if (found !== undefined) return { id: found.id, hash: found.hash };
    before = pageInfo.hasPreviousPage ? pageInfo.startCursor : null;
    if (before === null) return undefined;
  }
  return undefined;
}

async function proofOf(client: Client, { position }: StoredEvent): Promise<Proof> {
  const { latestCheckpoint: checkpoint } = dataOf(await client.query(LatestCheckpointDocument, {}, network));
  if (checkpoint === null) return { kind: 'noCheckpoint' };
  // A later position is a greater text.
  if (checkpoint.position < position) return { kind: 'notCovered', checkpoint };
  const answer = await client.query(InclusionProofDocument, { position, checkpoint: checkpoint.position }, network);
  const refusal = answer.error?.graphQLErrors.find(({ extensions: { code } }) => code === 'BAD_USER_INPUT');
  if (refusal !== undefined) return { kind: 'refused', message: refusal.message };
  return { kind: 'proof', checkpoint, inclusion: dataOf(answer).inclusionProof };
}
