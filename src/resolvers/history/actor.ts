import { Field, ID, ObjectType } from 'type-graphql';
import { type ActorKind as Kind, nameOfPart } from '../../application/history/summary';
import type { ReadSource } from '../context';
import { globalIdOf } from '../shared/globalId';
import { ActorKind } from '../shared/scalars';

/** Who did something in an app, or outside of apps. */
interface ActorKey {
  readonly appId: string;
  readonly actorId: string;
  readonly kind: Kind;
}

/** What is known of an actor. */
interface KnownActor {
  readonly name: string | null;
  readonly keapId: string | null;
  /** The actor among the users of the app. */
  readonly userId?: string | null;
}

@ObjectType('Actor', { simpleResolvers: true, description: 'Who caused an event, with the name and Keap ID that are known now: those that the app shows of its users, and those of their sign-in of anybody else.' })
export class Actor {
  @Field(() => ID, { description: 'Globally unique, opaque id for client caches: one per app, actor and role. `actorId` of the event is the id of the person.' })
  readonly id: string;

  @Field(() => ActorKind, { description: 'In which role they acted.' })
  readonly kind: Kind;

  @Field(() => String, { nullable: true, description: 'Name of the person, or of the part of the service, such as "Import". Null when the sign-in of the person stated none.' })
  readonly name: string | null;

  @Field(() => String, { nullable: true, description: 'Keap ID of the person; "erased person #1" and so on after they were erased. Null when the actor is a part of the service.' })
  readonly keapId: string | null;

  readonly appId: string;
  readonly userId: string | null;

  /** Describes an actor. @param known null for a person of whom nothing is known any more. */
  constructor(
    { appId, actorId, kind }: ActorKey,
    known: KnownActor | null,
    readonly source: ReadSource,
  ) {
    this.kind = kind;
    this.id = globalIdOf('Actor', appId, `${kind}-${actorId}`, source.moment);
    this.name = known?.name ?? null;
    this.keapId = known?.keapId ?? null;
    this.appId = appId;
    this.userId = known?.userId ?? null;
  }
}

/**
 * Finds out who an actor is: a part of the service, a user of the app, or else a person who has signed in.
 * @param source where the users of the app are read. @param live the present, which knows the sign-ins.
 * @param seesUsers whether the viewer may see the users of the app.
 */
export async function actorOf(key: ActorKey, source: ReadSource, live: ReadSource, seesUsers = true): Promise<Actor> {
  const { appId, actorId } = key;
  const name = nameOfPart(actorId);
  if (name !== undefined) return new Actor(key, { name, keapId: null }, source);
  const user = seesUsers ? await source.people.load({ appId, personId: actorId }) : undefined;
  return new Actor(key, user ?? (await live.signIns.load(actorId)) ?? null, source);
}
