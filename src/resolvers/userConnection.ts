import { Field, Int, ObjectType } from 'type-graphql';
import type { Page, PageEdge } from '../projections/page';
import type * as rows from '../projections/userListRows';
import type { App } from './app';
import { UserStatus } from './enums';
import { PageInfo } from './pageInfo';
import { LogPosition } from './scalars';
import { User } from './user';

@ObjectType('UserEdge', { simpleResolvers: true, description: 'A user and its place in the list.' })
export class UserEdge {
  @Field(() => User, { description: 'The user.' })
  readonly node: User;

  constructor(
    private readonly edge: PageEdge<rows.UserRow>,
    app: App,
  ) {
    this.node = new User(edge.node, app.source, app);
  }

  @Field(() => String, { description: 'Stands for this place in this list.' })
  get cursor(): string {
    return this.edge.cursor;
  }
}

@ObjectType('StatusCount', { simpleResolvers: true, description: 'How many people of an app stand where.' })
export class StatusCount implements rows.StatusCountRow {
  @Field(() => UserStatus, { description: 'Where they stand.' })
  readonly status: rows.UserStatus;

  @Field(() => Int, { description: 'How many.' })
  readonly count: number;
}

/** A page of an app's users. Edges, nodes and counts are made when they are asked for. */
@ObjectType('UserConnection', { simpleResolvers: true, description: 'A page of an app\'s user list.' })
export class UserConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  @Field(() => LogPosition, { description: 'What had been seen of the log when this list was read.' })
  readonly position: string;

  /** @param position what the app's source had seen before the page was read. */
  constructor(
    private readonly page: Page<rows.UserRow>,
    private readonly app: App,
    private readonly filter: rows.UserFilter,
    position: string,
  ) {
    this.pageInfo = page.pageInfo;
    this.position = position;
  }

  @Field(() => [UserEdge], { description: 'The users of this page with their cursors.' })
  get edges(): UserEdge[] {
    return this.page.edges.map((edge) => new UserEdge(edge, this.app));
  }

  @Field(() => [User], { description: 'The users of this page.' })
  get nodes(): User[] {
    return this.page.nodes.map((row) => new User(row, this.app.source, this.app));
  }

  @Field(() => Int, { description: 'How many there are on all pages.' })
  get totalCount(): number {
    return this.app.source.models.userList.totalCount(this.app.appId, this.filter);
  }

  @Field(() => [StatusCount], { description: 'How many there are by status, for the same filter without its statuses.' })
  get statusCounts(): readonly StatusCount[] {
    return this.app.source.models.userList.statusCounts(this.app.appId, this.filter);
  }
}
