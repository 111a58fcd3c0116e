import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DeadLetterRow, WebhookFailureRow, WebhookRow } from '../projections/webhooksRows';
import { DateTimeISO, LogPosition } from './scalars';

@ObjectType('WebhookFailure', { simpleResolvers: true, description: 'An event was not taken by the other system.' })
export class WebhookFailure implements WebhookFailureRow {
  @Field(() => DateTimeISO, { description: 'When.' })
  readonly at: string;

  @Field(() => LogPosition, { description: 'Of the event.' })
  readonly position: string;

  @Field(() => String, { description: 'A word, and the status where there was one: "REFUSED 503", "TIMED_OUT", "UNREACHABLE", "ADDRESS_NOT_ALLOWED".' })
  readonly reason: string;
}

@ObjectType('WebhookDeadLetter', { simpleResolvers: true, description: 'An event that was put aside after its last try.' })
export class WebhookDeadLetter implements Pick<DeadLetterRow, 'at' | 'position' | 'reason' | 'eventId' | 'attempts'> {
  @Field(() => ID, { description: 'The event, and the header webhook-id of its requests.' })
  readonly eventId: string;

  @Field(() => LogPosition, { description: 'Of the event.' })
  readonly position: string;

  @Field(() => DateTimeISO, { description: 'When it was put aside.' })
  readonly at: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  readonly attempts: number;

  @Field(() => String, { description: 'Why the last try failed.' })
  readonly reason: string;
}

@ObjectType('Webhook', { simpleResolvers: true, description: 'Another system that is sent the events of apps, signed as Standard Webhooks.' })
export class Webhook {
  @Field(() => ID, { description: 'Its id.' })
  readonly webhookId: string;

  @Field(() => String, { description: 'Where requests go.' })
  readonly url: string;

  @Field(() => [String], { nullable: true, description: 'Which types of events; null for all.' })
  readonly types: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'The events of which apps; null for all.' })
  readonly appIds: readonly string[] | null;

  @Field(() => Boolean, { description: 'Whether names and Keap IDs are sent.' })
  readonly personalData: boolean;

  @Field(() => DateTimeISO, { description: 'When it was registered.' })
  readonly registeredAt: string;

  @Field(() => LogPosition, { description: 'Everything up to here was sent or put aside, as far as it is to be sent.' })
  readonly position: string;

  @Field(() => Int, { description: 'How often the event that is next was tried in vain; 0 where nothing is in the way.' })
  readonly failedAttempts: number;

  @Field(() => DateTimeISO, { nullable: true, description: 'When it is tried again; null where nothing is in the way.' })
  readonly nextAttemptAt: string | null;

  @Field(() => WebhookFailure, { nullable: true, description: 'The last time that an event was not taken.' })
  readonly lastFailure: WebhookFailure | null;

  constructor({ webhookId, url, types, appIds, personalData, registeredAt, cursor, attempts, claimed, dueAt, lastFailure }: WebhookRow) {
    this.webhookId = webhookId;
    this.url = url;
    this.types = types;
    this.appIds = appIds;
    this.personalData = personalData;
    this.registeredAt = registeredAt;
    this.position = cursor;
    this.failedAttempts = attempts;
    this.nextAttemptAt = attempts > 0 && !claimed ? dueAt : null;
    this.lastFailure = lastFailure;
  }
}
