import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql';

/** The fragments of a document by their names. */
export const fragmentsOf = ({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [])));

/** Spreads the fragments of a document, and stops as soon as a limit is crossed. */
export class Spreading {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The fragments that are being spread. Validation rejects one within itself. */
  readonly #active = new Set<string>();
  /** Each field is weighed once, however often it is spread. */
  readonly #weights = new Map<FieldNode, number>();
  /** Levels of selection sets within one another. */
  nesting = 0;
  /** Fields and fragments that are selected. */
  selections = 0;
  /** Comparisons that validation needs for response names that occur more than once in one object, weighted by their arguments. */
  comparisons = 0;

  constructor(
    document: DocumentNode,
    private readonly limits: { readonly nesting: number; readonly selections: number },
  ) {
    this.#fragments = fragmentsOf(document);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) this.#merge([definition.selectionSet], 1);
    }
  }

  #isOver(): boolean {
    return this.selections > this.limits.selections || this.nesting > this.limits.nesting;
  }

  /** Visits the selections of one object of the answer, whose response names validation compares with each other. */
  #merge(sets: readonly SelectionSetNode[], level: number): void {
    const named = new Map<string, FieldNode[]>();
    const spreads = { count: 0 };
    for (const set of sets) this.#collect(set, level, named, spreads);
    this.comparisons += spreads.count * (spreads.count - 1);
    for (const fields of named.values()) {
      if (this.#isOver()) return;
      if (fields.length > 1) this.comparisons += (fields.length - 1) * fields.reduce((sum, field) => sum + this.#weightOf(field), 0);
      const inner = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (inner.length > 0) this.#merge(inner, level + 1);
    }
  }

  #collect({ selections }: SelectionSetNode, level: number, named: Map<string, FieldNode[]>, spreads: { count: number }): void {
    this.nesting = Math.max(this.nesting, level);
    for (const selection of selections) {
      this.selections += 1;
      if (this.#isOver()) return;
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value;
        const known = named.get(name);
        if (known === undefined) named.set(name, [selection]);
        else known.push(selection);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#collect(selection.selectionSet, level + 1, named, spreads);
      } else {
        spreads.count += 1;
        this.#spread(selection.name.value, level, named, spreads);
      }
    }
  }

  #spread(name: string, level: number, named: Map<string, FieldNode[]>, spreads: { count: number }): void {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined || this.#active.has(name)) return;
    this.#active.add(name);
    this.#collect(fragment.selectionSet, level + 1, named, spreads);
    this.#active.delete(name);
  }

  /** What one comparison with this field costs: validation prints its arguments each time. */
  #weightOf(field: FieldNode): number {
    const known = this.#weights.get(field);
    if (known !== undefined) return known;
    let nodes = 1;
    const count = { enter: () => { nodes += 1; } };
    for (const argument of field.arguments ?? []) visit(argument, count);
    this.#weights.set(field, nodes);
    return nodes;
  }
}
