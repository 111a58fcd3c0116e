import { Field, ID, InterfaceType } from 'type-graphql';
import type { HistoryEntry } from '../application/membershipHistory';
import type { ReadSource } from './readSource';
import { DateTimeISO, LogPosition } from './scalars';

/** An event of an app as auditors see it. What it says beside this stands in the types of `historyEventTypes.ts`. */
@InterfaceType('MembershipEvent', {
  description: 'Something that happened in an app. Each type of event is a type of its own, named after it, with its own fields.',
  resolveType: (event: object) => event.constructor.name,
})
export abstract class MembershipEvent {
  @Field(() => ID, { description: 'The event\'s own id, a UUID.' })
  readonly eventId: string;

  @Field(() => LogPosition, { description: 'Where it stands in the whole log.' })
  readonly position: string;

  @Field(() => ID, { description: 'The id of the app that it happened in.' })
  readonly appId: string;

  @Field(() => String, { description: 'The stream that it stands in. An app has two: one of its people, one of their contacts.' })
  readonly stream: string;

  @Field(() => String, { description: 'Its place in that stream, counted from 0.' })
  readonly revision: string;

  @Field(() => String, { description: 'What happened, by the name of the event\'s type.' })
  readonly type: string;

  @Field(() => DateTimeISO, { description: 'When it happened.' })
  readonly occurredAt: string;

  @Field(() => ID, { description: 'Who did it: the id of a person, or the name of a part of the service.' })
  readonly actorId: string;

  @Field(() => ID, { description: 'The request that led to it.' })
  readonly correlationId: string;

  @Field(() => ID, { description: 'The command or event that led to it.' })
  readonly causationId: string;

  @Field(() => ID, { nullable: true, description: 'The user of the app whom it is about, where it is about one.' })
  readonly userId: string | null;

  @Field(() => String, { description: 'What was written, as JSON, byte for byte. Old events keep the shape of their time.' })
  readonly data: string;

  @Field(() => String, { description: 'Hex SHA-256 that chains it to the event before it in its stream.' })
  readonly hash: string;

  /** What it says, with the fields of its type; null where this program does not know. */
  readonly event: HistoryEntry['event'];

  /** @param source where the names in its summary are read from. */
  constructor(
    { appId, stored, event }: HistoryEntry,
    readonly source: ReadSource,
  ) {
    this.eventId = stored.id;
    this.position = stored.position;
    this.appId = appId;
    this.stream = stored.stream;
    this.revision = String(stored.revision);
    this.type = stored.type;
    this.occurredAt = stored.occurredAt;
    this.actorId = stored.metadata.actorId;
    this.correlationId = stored.metadata.correlationId;
    this.causationId = stored.metadata.causationId;
    this.userId = event && 'userId' in event.data ? event.data.userId : null;
    this.data = stored.dataJson;
    this.hash = stored.hash;
    this.event = event;
  }
}
