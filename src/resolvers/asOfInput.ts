import { Field, InputType } from 'type-graphql';
import type { AsOf } from '../projections/asOfReadModels';
import { badUserInput } from './requestErrors';
import { DateTimeISO, LogPosition } from './scalars';

@InputType('AsOf', { description: 'A moment in the past, said in exactly one of two ways.' })
export class AsOfInput {
  @Field(() => DateTimeISO, { nullable: true, description: 'As it was at this time, everything that happened at it included. A time to come is as of now.' })
  readonly time?: string | null;

  @Field(() => LogPosition, { nullable: true, description: 'As it was at this place in the log, what stands there included.' })
  readonly position?: string | null;
}

/** @throws GraphQLError `BAD_USER_INPUT` for both or none. */
export function momentOf({ time, position }: AsOfInput): AsOf {
  const hasTime = time !== null && time !== undefined;
  const hasPosition = position !== null && position !== undefined;
  if (hasTime && !hasPosition) return { time };
  if (hasPosition && !hasTime) return { position };
  throw badUserInput(`"asOf" takes exactly one of "time" and "position", not ${hasTime ? 'both' : 'none'}.`);
}
