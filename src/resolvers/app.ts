import { Field, ID, ObjectType } from 'type-graphql';
import type { AppRow } from '../projections/userListRows';
import { globalIdOf } from './globalId';
import { Node } from './node';
import type { ReadSource } from './readSource';

/** An app as `source` shows it. What hangs on it is read from the same source. */
@ObjectType('App', { implements: Node, simpleResolvers: true, description: 'A client\'s app, to which people have access.' })
export class App implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'The app\'s own id, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'The app\'s name, for example Keap Pro Recording.' })
  readonly name: string;

  @Field(() => String, { description: 'How the app is shown everywhere: its id, a space, its name.' })
  readonly accountName: string;

  @Field(() => String, { description: 'The address at which the app opens.' })
  readonly url: string;

  constructor(
    { appId, name, url }: AppRow,
    readonly source: ReadSource,
  ) {
    this.id = globalIdOf('App', appId, appId);
    this.appId = appId;
    this.name = name;
    this.accountName = `${appId} ${name}`;
    this.url = url;
  }
}
