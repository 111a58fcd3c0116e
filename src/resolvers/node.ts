import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType('Node', { description: 'Something with an id of its own over all apps, by which it can be read again.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque id over all apps, for `node` and for caches of clients.' })
  readonly id: string;
}
