import { Field, InputType } from 'type-graphql';
import type { Keyed } from '../application/commandTypes';

/** What the inputs of all mutations have. */
@InputType('KeyedInput', { description: 'What the inputs of all mutations have.' })
export abstract class KeyedInput implements Keyed {
  @Field(() => String, {
    nullable: true,
    description: 'Chosen by the client, 1 to 200 characters. The same key with the same input within 24 hours gets the same answer and changes nothing more.',
  })
  readonly idempotencyKey?: string | null;
}
