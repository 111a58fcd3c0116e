import { setImmediate as nextTurn } from 'node:timers/promises';
import { START, type EventStore, type LogPosition, type StoredEvent } from '../eventstore/eventStore';
import type { Projection } from './projection';
import { digestOf, type RowsDigest } from './projectionDigest';
import { ProjectionFill } from './projectionFill';
import { ProjectionRunner } from './projectionRunner';
import type { ReadModelDatabase } from './readModelDatabase';
import { batchesOf } from './readModelFill';
import { checkpointsOf } from './readModelTables';
import { rowDifferences } from './rowDifferences';

export interface ReplayRequest {
  readonly store: EventStore;
  readonly storeId: string;
  readonly projections: readonly Projection[];
  /** as they stand; a snapshot. */
  readonly live: ReadModelDatabase;
  /** empty; takes the replayed rows. */
  readonly scratch: ReadModelDatabase;
  readonly onProgress: (events: number) => void;
}

/** A projection as it is, and as the log makes it. */
export interface ReplayedProjection {
  readonly projection: string;
  readonly version: number;
  /** up to which both have seen the log. */
  readonly position: LogPosition;
  readonly live: RowsDigest | null;
  readonly replayed: RowsDigest | null;
  /** what differs, one sentence each; nothing where they are equal. */
  readonly differences: readonly string[];
}

/** Makes every projection anew from the log, up to where the live one is, and compares them row by row. @throws StoreUnavailable */
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
  found === undefined || found === version ? 'The live read models hold nothing of it from this log.' : `The live read models hold version ${found}; this program makes version ${version}.`;

async function compared({ live, scratch }: ReplayRequest, projection: Projection, position: LogPosition): Promise<ReplayedProjection> {
  const { name, version } = projection;
  const digests = { live: await digestOf(live, projection), replayed: await digestOf(scratch, projection) };
  if (digests.live.digest === digests.replayed.digest) return { projection: name, version, position, ...digests, differences: [] };
  const { count, described } = await rowDifferences(projection, live, scratch);
  const more = count > described.length ? [`${name}: ${count - described.length} more rows differ`] : [];
  return { projection: name, version, position, ...digests, differences: [...described, ...more] };
}

/** @returns why projections stopped, by name. */
async function replay({ store, storeId, scratch, onProgress }: ReplayRequest, projections: readonly Projection[], positionOf: (projection: Projection) => LogPosition): Promise<ReadonlyMap<string, string>> {
  const groups = groupsOf(projections, positionOf).map((group) => ({ ...group, fill: new ProjectionFill(scratch, group.projections, storeId) }));
  let events = 0;
  for await (const batch of batchesOf(store, endOf(groups))) {
    for (const { position, fill } of groups) fill.apply(upTo(position, batch));
    events += batch.length;
    onProgress(events);
    await nextTurn();
  }
  const left: Projection[] = [];
  for (const { fill } of groups) left.push(...(await fill.finish()));
  return left.length === 0 ? new Map() : replayOneByOne(store, groupsOf(left, positionOf).map(({ position, projections }) => ({ position, runner: new ProjectionRunner(scratch, projections, storeId) })));
}

/** For those that stop at some event. */
async function replayOneByOne(store: EventStore, groups: readonly { readonly position: LogPosition; readonly runner: ProjectionRunner }[]): Promise<ReadonlyMap<string, string>> {
  for await (const batch of batchesOf(store, endOf(groups))) {
    for (const { position, runner } of groups) runner.apply(upTo(position, batch));
    await nextTurn();
  }
  return new Map(groups.flatMap(({ runner }) => runner.progress.flatMap(({ projection, error }) => (error === undefined ? [] : [[projection.name, error] as const]))));
}

/** Those that have to come equally far. */
function groupsOf(projections: readonly Projection[], positionOf: (projection: Projection) => LogPosition): readonly { readonly position: LogPosition; readonly projections: readonly Projection[] }[] {
  const positions = [...new Set(projections.map(positionOf))];
  return positions.map((position) => ({ position, projections: projections.filter((one) => positionOf(one) === position) }));
}

const endOf = (groups: readonly { readonly position: LogPosition }[]): LogPosition => groups.reduce((latest, { position }) => (position > latest ? position : latest), START);

const upTo = (end: LogPosition, events: readonly StoredEvent[]): readonly StoredEvent[] => ((events.at(-1)?.position ?? START) <= end ? events : events.filter(({ position }) => position <= end));
