import type { DomainEvent } from './events';

/** Texts in an event that are about one person, whose envelope they belong into. */
export interface TextsAboutOne {
  /** The person, by the Keap ID in the event or by the id of the user in the app. */
  readonly person: { readonly keapId: string } | { readonly userId: string };
  /** Paths of the texts in the event's data. */
  readonly paths: readonly string[];
}

/**
 * The texts that an event holds about a person, in somebody's own words: the reason for what was done to them, the remark of a review on their
 * access, the label that they gave an app. Null for an event without such a text. A remark is about one person: see `decideAccessReview`.
 */
export function textsAboutPeople(event: DomainEvent): TextsAboutOne | null {
  switch (event.type) {
    case 'PartnerInvited':
    case 'UserInvited':
    case 'AdminAppointed':
    case 'UserRebound':
      return event.data.reason === null ? null : { person: { keapId: event.data.person.keapId }, paths: ['reason'] };
    case 'UserRoleChanged':
    case 'UserRemoved':
      return event.data.reason === null ? null : { person: { userId: event.data.userId }, paths: ['reason'] };
    case 'AssigneeClosed':
      return event.data.removalReason === null ? null : { person: { userId: event.data.userId }, paths: ['removalReason'] };
    case 'ReassignmentStarted':
      return (event.data.removal?.reason ?? null) === null ? null : { person: { userId: event.data.fromUserId }, paths: ['removal.reason'] };
    case 'AccountLabelSet':
      return { person: { userId: event.data.userId }, paths: ['label'] };
    case 'AccessDecided': {
      const [userId] = event.data.userIds;
      return event.data.remark === null || userId === undefined ? null : { person: { userId }, paths: ['remark'] };
    }
    default:
      return null;
  }
}

/** The data of an event, with null in place of each text about a person. */
export function withoutTextsAboutPeople(event: DomainEvent): object {
  const paths = textsAboutPeople(event)?.paths ?? [];
  return without(event.data, paths.map((path) => path.split('.')));
}

function without(value: object, paths: readonly (readonly string[])[]): object {
  return Object.fromEntries(Object.entries(value).map(([name, inner]: readonly [string, unknown]) => {
    const within = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
    if (within.length === 0) return [name, inner];
    return [name, within.some((rest) => rest.length === 0) || typeof inner !== 'object' || inner === null ? null : without(inner, within)];
  }));
}
