import { Field, ID, ObjectType } from 'type-graphql';
import type { Caller } from '../application/caller';

@ObjectType('Viewer', { simpleResolvers: true, description: 'The person who is signed in.' })
export class Viewer {
  @Field(() => ID, { description: 'Who they are, whatever their Keap ID; the actor of everything that they do.' })
  readonly personId: string;

  @Field(() => String, { description: 'The Keap ID that they signed in with.' })
  readonly keapId: string;

  @Field(() => String, { nullable: true, description: 'Their name, where the sign-in gave one.' })
  readonly name: string | null;

  @Field(() => [String], { description: 'What the sign-in allows beside their own apps: "operator", "auditor".' })
  readonly scopes: readonly string[];

  constructor({ actor, keapId, name }: Caller) {
    this.personId = actor.personId;
    this.keapId = keapId;
    this.name = name;
    this.scopes = actor.scopes;
  }
}
