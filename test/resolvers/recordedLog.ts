import { createHash } from 'node:crypto';
import type { DomainEvent } from '../../src/domain/events';
import type { JsonObject, StoredEvent } from '../../src/eventstore/eventStore';
import { ReadModelDatabase } from '../../src/projections/engine/database';
import { liveProjections } from '../../src/projections/allProjections';
import { prepareTables } from '../../src/projections/engine/files';
import { readModelsOver, type ReadModels } from '../../src/projections/readModels';
import { RowWriter } from '../../src/projections/engine/runner';

/** Read models over a log in memory that a test writes by hand. */
export interface ReadModelsOfLog {
  readonly models: ReadModels;
  readonly database: ReadModelDatabase;
}

/** Events as they would have been stored, one after the other. */
export class RecordedLog {
  readonly events: StoredEvent[] = [];

  /** Position of the last event. */
  get position(): string {
    return this.events.at(-1)?.position ?? '';
  }

  /** @param more of a type's data, a JSON object by its definition. */
  record(stream: string, occurredAt: string, event: DomainEvent): this {
    const revision = this.events.filter((earlier) => earlier.stream === stream).length;
    const number = String(this.events.length + 1);
    const dataJson = JSON.stringify(event.data);
    const data: JsonObject = JSON.parse(dataJson);
    this.events.push({
      id: `00000000-0000-4000-8000-${number.padStart(12, '0')}`,
      type: event.type,
      schemaVersion: 1,
      occurredAt,
      data,
      dataJson,
      metadata: { actorId: 'somebody', correlationId: 'c', causationId: 'c', commandId: `command-${number}` },
      stream,
      revision,
      position: number.padStart(16, '0'),
      hash: createHash('sha256').update(number).digest('hex'),
    });
    return this;
  }

  /** Read models of the events up to and with that position (all, when absent), with that clock. */
  readModels(now: () => string, upTo = this.position): ReadModelsOfLog {
    const database = ReadModelDatabase.open(':memory:');
    prepareTables(database, liveProjections, 'test');
    const writer = new RowWriter(database, liveProjections);
    for (const event of this.events.filter(({ position }) => position <= upTo)) {
      for (const projection of liveProjections) {
        if (projection.streamPrefixes.some((prefix) => event.stream.startsWith(prefix))) projection.apply(event).forEach((change) => writer.write(change));
      }
    }
    return { models: readModelsOver(database, now), database };
  }
}
