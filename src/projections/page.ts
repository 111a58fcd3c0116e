export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A row of a page with the cursor that stands for its place. The cursor is made when it is asked for, since most queries ask for none. */
export class PageEdge<T> {
  constructor(
    readonly node: T,
    private readonly cursorOf: (node: T) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.node);
  }
}

/** Some rows in order, and what stands before and after them. */
export class Page<T> {
  readonly pageInfo: PageInfo;

  constructor(
    readonly nodes: readonly T[],
    neighbours: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean },
    private readonly cursorOf: (node: T) => string,
  ) {
    const first = nodes[0];
    const last = nodes[nodes.length - 1];
    this.pageInfo = {
      ...neighbours,
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
    };
  }

  /** The rows with their cursors. */
  get edges(): readonly PageEdge<T>[] {
    return this.nodes.map((node) => new PageEdge(node, this.cursorOf));
  }
}
