import { Field, InterfaceType } from 'type-graphql';
import { LogPosition } from './scalars';

@InterfaceType('MutationSuccess', { description: 'The wish was granted, or was true already.' })
export abstract class MutationSuccess {
  @Field(() => LogPosition, { description: 'Where it stands in the log. Send it as the header x-min-position to read one\'s own write anywhere.' })
  readonly position: string;
}
