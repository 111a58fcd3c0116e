import { type EventStore, type LogPosition, START, type StoredEvent } from '../../eventstore/eventStore';
import type { ReadModelDatabase } from './database';
import { digestOf, rowDifferences, type RowsDigest } from './differences';
import { drive, type ProjectionEngine } from './drive';
import { checkpointsOf } from './files';
import { ProjectionFill } from './fill';
import type { Projection } from './projection';
import { ProjectionRunner } from './runner';

interface LogToReplay {
  readonly store: Pick<EventStore, 'readAll'>;
  readonly storeId: string;
  /** Empty database for the replayed rows. */
  readonly scratch: ReadModelDatabase;
}

interface ReplayRequest extends LogToReplay {
  readonly projections: readonly Projection[];
  /** Snapshot of the live read models. */
  readonly live: ReadModelDatabase;
}

/** Comparison of a projection's live rows with those replayed from the log. */
export interface ReplayedProjection {
  readonly projection: string;
  readonly version: number;
  /** Position up to which both have applied the log. */
  readonly position: LogPosition;
  readonly live: RowsDigest | null;
  readonly replayed: RowsDigest | null;
  /** One sentence per difference; empty when both are equal. */
  readonly differences: readonly string[];
}

/** Replays every projection from the log, up to the position of the live one, and compares both row by row. @throws StoreUnavailable */
export async function replayBeside(request: ReplayRequest): Promise<readonly ReplayedProjection[]> {
  const { live, projections, storeId } = request;
  const checkpoints = checkpointsOf(live);
  const comparable = projections.filter(({ name, version }) => {
    const checkpoint = checkpoints.get(name);
    return checkpoint?.version === version && checkpoint.storeId === storeId;
  });
  const positionOf = ({ name }: Projection): LogPosition => checkpoints.get(name)?.position ?? START;
  const failures = await replay(request, comparable, positionOf);
  const results: ReplayedProjection[] = [];
  for (const projection of projections) {
    const { name, version } = projection;
    const failure = comparable.includes(projection) ? failures.get(name) : notComparable(projection, checkpoints.get(name)?.version);
    const position = positionOf(projection);
    results.push(failure === undefined ? await compared(request, projection, position) : { projection: name, version, position, live: null, replayed: null, differences: [failure] });
  }
  return results;
}

const notComparable = ({ version }: Projection, found: number | undefined): string =>
  found === undefined || found === version ? 'The live read models hold no rows of this projection from this log.' : `The live read models hold version ${found}; this program produces version ${version}.`;

async function compared({ live, scratch }: ReplayRequest, projection: Projection, position: LogPosition): Promise<ReplayedProjection> {
  const { name, version } = projection;
  const digests = { live: await digestOf(live, projection), replayed: await digestOf(scratch, projection) };
  if (digests.live.digest === digests.replayed.digest) return { projection: name, version, position, ...digests, differences: [] };
  const { count, described } = await rowDifferences(projection, live, scratch);
  const more = count > described.length ? [`${name}: ${count - described.length} more rows differ`] : [];
  return { projection: name, version, position, ...digests, differences: [...described, ...more] };
}

/**
 * Fills projections from the log, and runs those that the fill leaves out event by event.
 * @param positionOf returns the position up to which a projection is filled; all go to the end of the log when it is absent.
 * @returns why projections stopped, by name.
 */
export async function replay({ store, storeId, scratch }: LogToReplay, projections: readonly Projection[], positionOf: (projection: Projection) => LogPosition = () => END): Promise<ReadonlyMap<string, string>> {
  const fills = groupsOf(projections, positionOf, (group) => new ProjectionFill(scratch, group, storeId));
  await driveAll(store, fills);
  const runners = groupsOf(fills.flatMap(({ engine }) => engine.leftOut), positionOf, (group) => new ProjectionRunner(scratch, group, storeId));
  if (runners.length > 0) await driveAll(store, runners);
  return new Map(runners.flatMap(({ engine }) => engine.progress.flatMap(({ projection, error }) => (error === undefined ? [] : [[projection.name, error] as const]))));
}

/** After every position. */
const END: LogPosition = '\uffff';

/** An engine for the projections that are replayed to the same position. */
interface Group<E extends ProjectionEngine> {
  readonly position: LogPosition;
  readonly engine: E;
}

function groupsOf<E extends ProjectionEngine>(projections: readonly Projection[], positionOf: (projection: Projection) => LogPosition, engineOf: (group: readonly Projection[]) => E): readonly Group<E>[] {
  const positions = [...new Set(projections.map(positionOf))];
  return positions.map((position) => ({ position, engine: engineOf(projections.filter((one) => positionOf(one) === position)) }));
}

/** Reads the log once and feeds all groups, each up to its own position. */
async function driveAll(store: LogToReplay['store'], groups: readonly Group<ProjectionEngine>[]): Promise<void> {
  const until = groups.reduce((latest, { position }) => (position > latest ? position : latest), START);
  const all: ProjectionEngine = {
    apply(events) {
      for (const { position, engine } of groups) engine.apply(upTo(position, events));
    },
    *finish() {
      for (const { engine } of groups) if (engine.finish) yield* engine.finish();
    },
  };
  await drive(store.readAll(), all, { until });
}

const upTo = (end: LogPosition, events: readonly StoredEvent[]): readonly StoredEvent[] => ((events.at(-1)?.position ?? START) <= end ? events : events.filter(({ position }) => position <= end));
