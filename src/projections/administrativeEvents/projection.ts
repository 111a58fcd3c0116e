import { isAdministrative } from '../../domain/administration';
import { liftedEvent } from '../../domain/eventVersions';
import type { DomainEvent } from '../../domain/events';
import { ADMINISTRATION_STREAM, appIdOfStream, AUDIT_PREFIX, NO_APP, PERSON_PREFIX, REVIEW_PREFIX, ROSTER_PREFIX, WEBHOOK_PREFIX, WEBHOOKS_STREAM } from '../../domain/streams';
import type { Projection } from '../engine/projection';
import { entryDefinitions, entryTables, type EventIndex } from '../membershipEvents/entries';

const NAME = 'administrative_events';
const VERSION = 1;

const { entries, blocks, indexes } = entryTables(NAME, VERSION);

/** The index of administrative events. Those that belong to no app have `-` as their app. */
export const ADMINISTRATIVE_EVENTS_INDEX: EventIndex = {
  list: 'administrativeEvents', entries, blocks, indexes,
  stream: 'e.stream',
  ofUser: { columns: ['user_id'], paths: (user) => [{ from: `${entries} INDEXED BY ${indexes.user}`, conditions: `user_id = ${user}` }] },
};

/** An index of what operators and auditors, the import and commands of the command line did. Raise its version when a type of event becomes an administrative one. */
export const administrativeEventsProjection: Projection = {
  name: NAME,
  version: VERSION,
  tables: entryDefinitions({ entries, blocks, indexes }, {
    place: { stream: 'TEXT NOT NULL' },
    users: { user_id: 'TEXT' },
    also: [`CREATE INDEX ${indexes.user} ON ${entries} (user_id) WHERE user_id IS NOT NULL`],
  }),
  streamPrefixes: [ROSTER_PREFIX, PERSON_PREFIX, WEBHOOKS_STREAM, WEBHOOK_PREFIX, AUDIT_PREFIX, REVIEW_PREFIX, ADMINISTRATION_STREAM],
  apply(event) {
    const act = liftedEvent(event);
    if (!act || !isAdministrative(act)) return [];
    const { position, stream, revision, type, occurredAt, metadata: { actorId, correlationId } } = event;
    return [{
      kind: 'upsert', table: entries,
      row: { position, app_id: appIdOfStream(stream) ?? appIdIn(act), stream, revision, type, occurred_at: occurredAt, actor_id: actorId, correlation_id: correlationId, user_id: 'userId' in act.data ? act.data.userId : null },
    }];
  },
};

const appIdIn = ({ data }: DomainEvent): string => ('appId' in data && typeof data.appId === 'string' ? data.appId : NO_APP);
