import { Field, ID, InputType } from 'type-graphql';
import type { AuditedRead } from '../application/auditTrail';
import { normalizeKeapId } from '../domain/keapId';
import type { MembershipEventsFilter } from '../projections/membershipEventsRows';
import type { PageArguments } from '../projections/pageArguments';
import { badUserInput } from './requestErrors';
import { DateTimeISO, LogPosition } from './scalars';

/** Longer texts are no id, no Keap ID and no type of this service. */
const MAX_TEXT = 254;
const MAX_TYPES = 30;

@InputType('MembershipEventFilter', { description: 'Which events; what is left out restricts nothing.' })
export class MembershipEventFilter {
  @Field(() => ID, { nullable: true, description: 'Of this app. An app\'s admins, who are no auditors, have to name theirs.' })
  readonly appId?: string | null;

  @Field(() => ID, { nullable: true, description: 'About this user of an app, or taking something from them.' })
  readonly userId?: string | null;

  @Field(() => String, { nullable: true, description: 'About the users who were ever invited or joined under this Keap ID, in any case.' })
  readonly keapId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Done by this person.' })
  readonly actorId?: string | null;

  @Field(() => [String], { nullable: true, description: `Of one of these types, by their names as in \`type\`, at most ${MAX_TYPES}. A name that no event has finds nothing.` })
  readonly types?: readonly string[] | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'At this time or later.' })
  readonly from?: string | null;

  @Field(() => DateTimeISO, { nullable: true, description: 'Before this time.' })
  readonly to?: string | null;

  @Field(() => LogPosition, { nullable: true, description: 'After this place in the log.' })
  readonly afterPosition?: string | null;

  @Field(() => ID, { nullable: true, description: 'That this request led to.' })
  readonly correlationId?: string | null;
}

/** The filter as the history takes it. @throws GraphQLError `BAD_USER_INPUT` for a text or a list that is too long. */
export function eventsFilterOf({ appId, userId, keapId, actorId, types, from, to, afterPosition, correlationId }: MembershipEventFilter): MembershipEventsFilter {
  for (const [name, value] of Object.entries({ appId, userId, keapId, actorId, correlationId })) requireShort(name, value);
  if ((types?.length ?? 0) > MAX_TYPES) throw badUserInput(`"types" has at most ${MAX_TYPES} names.`);
  for (const type of types ?? []) requireShort('types', type);
  return {
    appId, actorId, types, from, to, afterPosition, correlationId,
    userIds: userId === null || userId === undefined ? null : [userId],
    keapIdNormalized: keapId === null || keapId === undefined ? null : normalizeKeapId(keapId),
  };
}

function requireShort(name: string, value: string | null | undefined): void {
  if ((value?.length ?? 0) > MAX_TEXT) throw badUserInput(`"${name}" has at most ${MAX_TEXT} characters.`);
}

/** A page's arguments as they are recorded. */
export const auditedPage = ({ first, after, last, before }: PageArguments): Readonly<Record<string, Argument>> => ({ first, after, last, before });

type Argument = string | number | readonly string[] | null | undefined;

/** No id and no name of a type has an @; what has one may be somebody's address, and is not written down. */
const withoutAddress = (text: string): string => (text.includes('@') ? '(no id)' : wellFormed(text));

/** Half of a surrogate pair cannot be written, and must not keep the reads of others from being written with it. */
const wellFormed = (text: string): string => text.replace(/\p{Cs}/gu, '\ufffd');

/** A read of the API as it is recorded: the arguments that were given, a Keap ID apart from them. */
export function auditedRead(read: string, appId: string | null | undefined, given: Readonly<Record<string, Argument>>, keapId?: string | null): AuditedRead {
  const filter = Object.fromEntries(Object.entries(given).flatMap(([name, value]): [string, string | number | readonly string[]][] => {
    if (value === null || value === undefined) return [];
    if (typeof value === 'number') return [[name, value]];
    return [[name, typeof value === 'string' ? withoutAddress(value) : value.map(withoutAddress)]];
  }));
  return { read, appId: appId ? withoutAddress(appId) : null, filter, ...(keapId === null || keapId === undefined ? {} : { keapId: wellFormed(keapId) }) };
}
