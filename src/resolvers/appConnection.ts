import { Field, ObjectType } from 'type-graphql';
import type { Page, PageEdge } from '../projections/page';
import type { AppRow } from '../projections/userListRows';
import { App } from './app';
import { PageInfo } from './pageInfo';
import type { ReadSource } from './readSource';

@ObjectType('AppEdge', { simpleResolvers: true, description: 'An app and its place in the list.' })
export class AppEdge {
  @Field(() => App, { description: 'The app.' })
  readonly node: App;

  constructor(
    private readonly edge: PageEdge<AppRow>,
    source: ReadSource,
  ) {
    this.node = new App(edge.node, source);
  }

  @Field(() => String, { description: 'Stands for this place in this list.' })
  get cursor(): string {
    return this.edge.cursor;
  }
}

@ObjectType('AppConnection', { simpleResolvers: true, description: 'A page of the list of all apps.' })
export class AppConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  constructor(
    private readonly page: Page<AppRow>,
    private readonly source: ReadSource,
  ) {
    this.pageInfo = page.pageInfo;
  }

  @Field(() => [AppEdge], { description: 'The apps of this page with their cursors.' })
  get edges(): AppEdge[] {
    return this.page.edges.map((edge) => new AppEdge(edge, this.source));
  }

  @Field(() => [App], { description: 'The apps of this page.' })
  get nodes(): App[] {
    return this.page.nodes.map((row) => new App(row, this.source));
  }
}
