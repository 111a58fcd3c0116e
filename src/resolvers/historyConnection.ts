import { Field, ObjectType } from 'type-graphql';
import type { HistoryEntry } from '../application/membershipHistory';
import type { Page, PageEdge } from '../projections/page';
import { MembershipEvent } from './historyEvent';
import { membershipEventOf } from './historyEventTypes';
import { PageInfo } from './pageInfo';
import type { ReadSource } from './readSource';

@ObjectType('MembershipEventEdge', { simpleResolvers: true, description: 'An event and its place in the list.' })
export class MembershipEventEdge {
  @Field(() => MembershipEvent, { description: 'The event.' })
  readonly node: MembershipEvent;

  constructor(
    private readonly edge: PageEdge<HistoryEntry>,
    source: ReadSource,
  ) {
    this.node = membershipEventOf(edge.node, source);
  }

  @Field(() => String, { description: 'Stands for this place in this list.' })
  get cursor(): string {
    return this.edge.cursor;
  }
}

@ObjectType('MembershipEventConnection', { simpleResolvers: true, description: 'A page of a history, the earliest first.' })
export class MembershipEventConnection {
  @Field(() => PageInfo, { description: 'What stands before and after this page.' })
  readonly pageInfo: PageInfo;

  /** @param source where names are read from. */
  constructor(
    private readonly page: Page<HistoryEntry>,
    private readonly source: ReadSource,
  ) {
    this.pageInfo = page.pageInfo;
  }

  @Field(() => [MembershipEventEdge], { description: 'The events of this page with their cursors.' })
  get edges(): MembershipEventEdge[] {
    return this.page.edges.map((edge) => new MembershipEventEdge(edge, this.source));
  }

  @Field(() => [MembershipEvent], { description: 'The events of this page.' })
  get nodes(): MembershipEvent[] {
    return this.page.nodes.map((entry) => membershipEventOf(entry, this.source));
  }
}
