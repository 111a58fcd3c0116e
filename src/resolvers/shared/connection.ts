import type * as page from '../../projections/paging/page';
import { ArgsType, Field, ID, InputType, Int, InterfaceType, ObjectType } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, type Page, type PageArguments, type PageEdge } from '../../projections/paging/page';
import type { AsOf } from '../../projections/past/asOf';
import { badUserInput } from './errors';
import { DateTimeISO, LogPosition } from './scalars';

/** The arguments of every paginated list. */
@ArgsType()
export class PageArgs implements PageArguments {
  @Field(() => Int, { nullable: true, description: `Number of entries to return from the start of the list, or after \`after\`: 0 to ${MAX_PAGE_SIZE}. ${DEFAULT_PAGE_SIZE} when both \`first\` and \`last\` are omitted.` })
  readonly first?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor to continue after. It must come from the same list, with the same filter and order.' })
  readonly after?: string | null;

  @Field(() => Int, { nullable: true, description: `Number of entries to return from the end of the list, or before \`before\`: 0 to ${MAX_PAGE_SIZE}. Cannot be combined with \`first\`.` })
  readonly last?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor to continue before. It must come from the same list, with the same filter and order.' })
  readonly before?: string | null;
}

@ObjectType('PageInfo', { simpleResolvers: true, description: 'Whether there are more pages before and after this one, and the cursors to request them with.' })
class PageInfo implements page.PageInfo {
  @Field(() => Boolean, { description: 'Whether there are more entries after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are more entries before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, { nullable: true, description: 'Cursor of the first entry of this page. Null when the page is empty.' })
  readonly startCursor: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last entry of this page. Null when the page is empty.' })
  readonly endCursor: string | null;
}

/** One page of a list, and the parent that its nodes are built with. */
interface Connection<Row, N, Parent> {
  readonly page: Page<Row>;
  readonly parent: Parent;
  readonly pageInfo: PageInfo;
  readonly edges: readonly { readonly cursor: string; readonly node: N }[];
  readonly nodes: readonly N[];
}

type NodeClass = abstract new (...args: never[]) => object;

/**
 * The base class of a connection, with its edge type: one page of a list, as Relay's specification has it. Nodes, edges and cursors are built when
 * a query asks for them. The class that extends it carries the `@ObjectType` and the fields that only this connection has.
 * @param NodeType names the edge type: nodes of `App` have the edge type `AppEdge`.
 * @param noun the word for one node in descriptions; the plural adds an s.
 * @param nodeOf builds a node from its row and from the connection's parent: the object that has the list, or the source that it is read from.
 */
export function connectionOf<Row, N extends object, Parent>(NodeType: NodeClass, noun: string, nodeOf: (row: Row, parent: Parent) => N): new (page: Page<Row>, parent: Parent) => Connection<Row, N, Parent> {
  @ObjectType(`${NodeType.name}Edge`, { simpleResolvers: true, description: `One ${noun} of a page, with its cursor.` })
  class Edge {
    @Field(() => NodeType, { description: `The ${noun}.` })
    readonly node: N;

    constructor(
      private readonly edge: PageEdge<Row>,
      parent: Parent,
    ) {
      this.node = nodeOf(edge.node, parent);
    }

    @Field(() => String, { description: `Cursor of this ${noun}. Pass it as \`after\` for the ${noun}s that follow, or as \`before\` for those that precede.` })
    get cursor(): string {
      return this.edge.cursor;
    }
  }

  @ObjectType({ simpleResolvers: true })
  class NodeConnection implements Connection<Row, N, Parent> {
    @Field(() => PageInfo, { description: 'Whether there are more pages, and the cursors to request them with.' })
    readonly pageInfo: PageInfo;

    constructor(
      readonly page: Page<Row>,
      readonly parent: Parent,
    ) {
      this.pageInfo = page.pageInfo;
    }

    @Field(() => [Edge], { description: `The ${noun}s of this page, each with its cursor.` })
    get edges(): readonly Edge[] {
      return this.page.edges.map((edge) => new Edge(edge, this.parent));
    }

    @Field(() => [NodeType], { description: `The ${noun}s of this page, without cursors.` })
    get nodes(): readonly N[] {
      return this.page.nodes.map((row) => nodeOf(row, this.parent));
    }
  }
  return NodeConnection;
}

@InputType('AsOf', { description: 'A moment in the past. Set exactly one of the two fields; both or none is refused with `BAD_USER_INPUT`.' })
export class AsOfInput {
  @Field(() => DateTimeISO, { nullable: true, description: 'State at this time, including events that occurred exactly then. A time in the future means now.' })
  readonly time?: string | null;

  @Field(() => LogPosition, { nullable: true, description: 'State at this log position, including the event at the position.' })
  readonly position?: string | null;
}

/** Validates that exactly one of the two fields is set. @throws GraphQLError `BAD_USER_INPUT` when both or none are set. */
export function momentOf({ time, position }: AsOfInput): AsOf {
  const hasTime = time !== null && time !== undefined;
  const hasPosition = position !== null && position !== undefined;
  if (hasTime && !hasPosition) return { time };
  if (hasPosition && !hasTime) return { position };
  throw badUserInput(`"asOf" takes exactly one of "time" and "position", and ${hasTime ? 'both' : 'none'} of them were given.`);
}

@InterfaceType('Node', { description: 'An object with a globally unique id, by which `node` can read it again.', resolveType: (object: object) => object.constructor.name })
export abstract class Node {
  @Field(() => ID, { description: 'Globally unique, opaque id. An object read with `asOf` has another id than the object of the present. Pass it to `node`, and use it as the key in client caches.' })
  readonly id: string;
}
