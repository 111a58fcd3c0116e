import {
  getNamedType, getNullableType, isInterfaceType, isListType, isObjectType, Kind, visit,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type SelectionNode, type SelectionSetNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../projections/pageArguments';

/** How large a document is, and how large its answer may become. */
export interface DocumentSize {
  /** fields within fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** the most fields that its answer may have, by the pages that it asks for. */
  readonly answerFields: number;
}

/** Lists that are no pages are short: the open invitations of a person, what keeps them from leaving. */
const SHORT_LIST = 10;
/** What of a page there is as often as it has items. */
const ITEMS_OF_A_PAGE = ['nodes', 'edges'];

interface Part {
  readonly depth: number;
  readonly fields: number;
}

const NOTHING: Part = { depth: 0, fields: 0 };

/**
 * Measures a document. It need not be valid: what the schema does not know counts as one field.
 * @param variables their values; null for the worst that they could be.
 */
export function sizeOf(document: DocumentNode, schema: GraphQLSchema, variables: Readonly<Record<string, unknown>> | null): DocumentSize {
  const measure = new Measure(document, schema, variables);
  let depth = 0;
  let answerFields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const part = measure.selections(definition.selectionSet, schema.getRootType(definition.operation) ?? undefined, 1);
    depth = Math.max(depth, part.depth);
    answerFields = Math.max(answerFields, part.fields);
  }
  return { depth, answerFields, ...marksOf(document) };
}

class Measure {
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  /** Each fragment is measured once for each size of page, however often it is spread. */
  readonly #measured = new Map<string, Part>();

  constructor(
    document: DocumentNode,
    private readonly schema: GraphQLSchema,
    private readonly variables: Readonly<Record<string, unknown>> | null,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.#fragments.set(definition.name.value, definition);
    }
  }

  /** @param page how many items the page has that these are selections of; 1 where they are of none. */
  selections({ selections }: SelectionSetNode, parent: GraphQLNamedType | undefined, page: number): Part {
    let depth = 0;
    let fields = 0;
    for (const selection of selections) {
      const part = this.#selection(selection, parent, page);
      depth = Math.max(depth, part.depth);
      fields += part.fields;
    }
    return { depth, fields };
  }

  #selection(selection: SelectionNode, parent: GraphQLNamedType | undefined, page: number): Part {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#field(selection, parent, page);
      case Kind.INLINE_FRAGMENT:
        return this.selections(selection.selectionSet, this.#typeNamed(selection.typeCondition?.name.value) ?? parent, page);
      case Kind.FRAGMENT_SPREAD:
        return this.#fragment(selection.name.value, page);
    }
  }

  #field(node: FieldNode, parent: GraphQLNamedType | undefined, page: number): Part {
    if (node.selectionSet === undefined) return { depth: 1, fields: 1 };
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const pages = field?.args.some(({ name }) => name === 'first') ?? false;
    const own = pages ? this.#pageSize(node) : null;
    const inner = this.selections(node.selectionSet, field && getNamedType(field.type), own ?? 1);
    return { depth: 1 + inner.depth, fields: 1 + itemsOf(field, page, own) * inner.fields };
  }

  #fragment(name: string, page: number): Part {
    const key = `${name} ${page}`;
    const known = this.#measured.get(key);
    const fragment = this.#fragments.get(name);
    if (known !== undefined || fragment === undefined) return known ?? NOTHING;
    // A fragment within itself is refused by validation; here it must only come to an end.
    this.#measured.set(key, NOTHING);
    const part = this.selections(fragment.selectionSet, this.#typeNamed(fragment.typeCondition.name.value), page);
    this.#measured.set(key, part);
    return part;
  }

  #typeNamed(name: string | undefined): GraphQLNamedType | undefined {
    return name === undefined ? undefined : this.schema.getType(name);
  }

  #pageSize({ arguments: given = [] }: FieldNode): number {
    let size = 0;
    for (const { name, value } of given) {
      if (name.value !== 'first' && name.value !== 'last') continue;
      if (value.kind === Kind.INT) size = Math.max(size, Number(value.value));
      if (value.kind === Kind.VARIABLE) size = Math.max(size, this.#variable(value.name.value));
    }
    // More than a page has is refused when it is asked for.
    return Math.min(size === 0 ? DEFAULT_PAGE_SIZE : size, MAX_PAGE_SIZE);
  }

  #variable(name: string): number {
    if (this.variables === null) return MAX_PAGE_SIZE;
    const value = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    // One that is left out may have any default.
    return typeof value === 'number' ? value : MAX_PAGE_SIZE;
  }
}

/**
 * How often there is what is selected of a field.
 * @param page how many items the page has that it is a part of.
 * @param own how many are asked of the field itself; null where one cannot say.
 */
function itemsOf(field: GraphQLField<unknown, unknown> | undefined, page: number, own: number | null): number {
  // What the schema says of itself does not grow with the data.
  if (field === undefined || !isListType(getNullableType(field.type))) return 1;
  return own ?? (ITEMS_OF_A_PAGE.includes(field.name) ? page : SHORT_LIST);
}

/** How many aliases and directives stand anywhere in the document. */
function marksOf(document: DocumentNode): { readonly aliases: number; readonly directives: number } {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field({ alias }) {
      if (alias !== undefined) aliases += 1;
    },
    Directive() {
      directives += 1;
    },
  });
  return { aliases, directives };
}
