import type * as access from '../../domain/access';
import type * as events from '../../domain/events';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { AppAction, UserKind, UserRole } from '../shared/scalars';
import { User } from '../user/types';
import type { AppRow, LicenceUsageRow } from '../../projections/userList/rows';
import { globalIdOf } from '../shared/globalId';
import { connectionOf, Node } from '../shared/connection';
import type { ReadSource } from '../context';

/** An app, read from `source`. Its fields read from the same source. */
@ObjectType('App', { implements: Node, simpleResolvers: true, description: 'An app of a client, for example gx624 Keap Pro Recording. Users and partners get access to it.' })
export class App implements Node {
  readonly id: string;

  @Field(() => ID, { description: 'Id of the app, for example gx624.' })
  readonly appId: string;

  @Field(() => String, { description: 'Name of the app, for example Keap Pro Recording.' })
  readonly name: string;

  @Field(() => String, { description: 'Display name of the app: its id, a space, its name. For example "gx624 Keap Pro Recording".' })
  readonly accountName: string;

  @Field(() => String, { description: 'URL at which the app opens.' })
  readonly url: string;

  constructor(
    { appId, name, url }: AppRow,
    readonly source: ReadSource,
  ) {
    this.id = globalIdOf('App', appId, appId, source.moment);
    this.appId = appId;
    this.name = name;
    this.accountName = `${appId} ${name}`;
    this.url = url;
  }
}

@ObjectType('AppViewer', { simpleResolvers: true, description: 'What the viewer is in an app, and what they may do in it, now. The same for an app read with `asOf`.' })
export class AppViewer {
  @Field(() => User, { nullable: true, description: 'The viewer as a user of this app. Null when they see the app as an operator or auditor only.' })
  readonly user: User | null;

  @Field(() => UserRole, { nullable: true, description: 'Role of the viewer in this app. Null when they see the app as an operator or auditor only.' })
  readonly role: events.UserRole | null;

  @Field(() => UserKind, { nullable: true, description: 'Whether the viewer is a user or a partner. Null when they see the app as an operator or auditor only.' })
  readonly kind: events.UserKind | null;

  @Field(() => [AppAction], { description: 'The actions that are not refused to the viewer with `FORBIDDEN`.' })
  readonly may: readonly access.AppAction[];
}

@ObjectType('AppConnection', { simpleResolvers: true, description: 'A page of the list of all apps.' })
export class AppConnection extends connectionOf(App, 'app', (row: AppRow, source: ReadSource) => new App(row, source)) {}

/** The GraphQL type of an app's licence usage. Rows are plain objects with the same fields. */
@ObjectType('LicenceUsage', { simpleResolvers: true, description: 'The licences of an app. Each active or invited user takes one; partners never take any. `available` is `total` minus `used` minus `reserved`.' })
export class LicenceUsage implements Omit<LicenceUsageRow, 'appId'> {
  @Field(() => Int, { description: 'Number of licences that the app has.' })
  readonly total: number;

  @Field(() => Int, { description: 'Number of licences used by active users.' })
  readonly used: number;

  @Field(() => Int, { description: 'Number of licences reserved for users with an open invitation.' })
  readonly reserved: number;

  @Field(() => Int, { description: 'Number of licences left for inviting users.' })
  readonly available: number;
}
