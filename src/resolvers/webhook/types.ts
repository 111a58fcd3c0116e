import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { DeadLetterRow, WebhookFailureRow, WebhookRow } from '../../projections/webhooks/rows';
import { DateTimeISO, LogPosition } from '../shared/scalars';

@ObjectType('WebhookFailure', { simpleResolvers: true, description: 'A failed attempt to deliver an event.' })
export class WebhookFailure implements WebhookFailureRow {
  @Field(() => DateTimeISO, { description: 'When the attempt failed.' })
  readonly at: string;

  @Field(() => LogPosition, { description: 'Log position of the event.' })
  readonly position: string;

  @Field(() => String, { description: 'Why the attempt failed, with the HTTP status if there was one: "REFUSED 503", "TIMED_OUT", "UNREACHABLE" or "ADDRESS_NOT_ALLOWED".' })
  readonly reason: string;
}

@ObjectType('WebhookDeadLetter', { simpleResolvers: true, description: 'A dead letter: an event that could not be delivered after the last attempt.' })
export class WebhookDeadLetter implements Pick<DeadLetterRow, 'at' | 'position' | 'reason' | 'eventId' | 'attempts'> {
  @Field(() => ID, { description: 'Id of the event. Its requests carry it in the header `webhook-id`.' })
  readonly eventId: string;

  @Field(() => LogPosition, { description: 'Log position of the event.' })
  readonly position: string;

  @Field(() => DateTimeISO, { description: 'When the last attempt failed.' })
  readonly at: string;

  @Field(() => Int, { description: 'Number of delivery attempts.' })
  readonly attempts: number;

  @Field(() => String, { description: 'Why the last attempt failed.' })
  readonly reason: string;
}

@ObjectType('Webhook', { simpleResolvers: true, description: 'A webhook: another system that receives events of apps. Requests are signed as Standard Webhooks specifies.' })
export class Webhook {
  @Field(() => ID, { description: 'Id of the webhook.' })
  readonly webhookId: string;

  @Field(() => String, { description: 'URL that events are sent to.' })
  readonly url: string;

  @Field(() => [String], { nullable: true, description: 'Event types that are sent. Null when all are.' })
  readonly types: readonly string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of the apps whose events are sent. Null when those of all apps are.' })
  readonly appIds: readonly string[] | null;

  @Field(() => Boolean, { description: 'Whether names and Keap IDs are sent.' })
  readonly personalData: boolean;

  @Field(() => DateTimeISO, { description: 'When the webhook was registered.' })
  readonly registeredAt: string;

  @Field(() => LogPosition, { description: 'Log position up to which all matching events were delivered or became dead letters.' })
  readonly position: string;

  @Field(() => Int, { description: 'Number of failed attempts for the next event. 0 when the last delivery succeeded.' })
  readonly failedAttempts: number;

  @Field(() => DateTimeISO, { nullable: true, description: 'When the next event is attempted again. Null when no retry is scheduled.' })
  readonly nextAttemptAt: string | null;

  @Field(() => WebhookFailure, { nullable: true, description: 'The latest failed attempt. Null when none has failed.' })
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
