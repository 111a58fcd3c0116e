import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, getNamedType, getNullableType, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, isAbstractType, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isListType, isObjectType, Kind, OperationTypeNode, parse, SchemaMetaFieldDef, type SelectionNode, type SelectionSetNode, TypeMetaFieldDef, visit } from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../projections/paging/page';
import { LRUCache } from 'lru-cache';
import { PricedDocument } from './price';
import { fragmentsOf, Spreading } from './spreading';

/** The size of a document, and of the largest answer that it can ask for. */
export interface DocumentSize {
  readonly operations: number;
  readonly fragments: number;
  readonly variables: number;
  readonly aliases: number;
  readonly directives: number;
  /** Levels of lists and objects within one another, in arguments. */
  readonly literalDepth: number;
  /** Levels of selection sets within one another, once fragments are spread. */
  readonly nesting: number;
  /** Fields and fragments that are selected, once fragments are spread. */
  readonly selections: number;
  /** Comparisons that validation needs for response names that occur more than once in one object, weighted by their arguments. */
  readonly comparisons: number;
  /** Levels of fields within fields. */
  readonly depth: number;
  /** The most fields that the answer may have, given the sizes of its pages. */
  readonly answerFields: number;
}

/** The assumed length of a list without pages, such as a person's open invitations. */
const SHORT_LIST = 10;
/** The fields of a page that have one value for each of its items. */
const ITEMS_OF_A_PAGE = ['nodes', 'edges'];

const introspected = new WeakMap<GraphQLSchema, ReadonlyMap<string, number>>();

/** The field of a list or a required type that leads to the type in it. Other types have null there. */
const WRAPPED = 'ofType';

/**
 * The average length of a list by which the schema describes itself, at least 1: `types`, and the lists of a type, a field or a directive; and how
 * often `ofType` has a value.
 */
function introspectedLength(schema: GraphQLSchema, field: string): number {
  const lengths = introspected.get(schema) ?? introspectedLengths(schema);
  introspected.set(schema, lengths);
  const length = lengths.get(field) ?? 1;
  return field === WRAPPED ? length : Math.max(1, length);
}

/** How many lists and required types are around a type that is written like `[ID!]!`. */
const wrappersOf = (written: string): number => written.replaceAll(/[^[!]/g, '').length;

function introspectedLengths(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter((type) => isObjectType(type) || isInterfaceType(type)).flatMap((type) => Object.values(type.getFields()));
  const average = (length: (type: GraphQLNamedType) => number): number => types.reduce((sum, type) => sum + length(type), 0) / types.length;
  const references = fields.flatMap(({ type, args }) => [String(type), ...args.map((argument) => String(argument.type))]);
  const wrappers = references.reduce((sum, written) => sum + wrappersOf(written), 0);
  return new Map([
    [WRAPPED, wrappers / (wrappers + references.length)],
    ['types', types.length],
    ['directives', schema.getDirectives().length],
    ['fields', fields.length / types.length],
    ['args', fields.reduce((sum, { args }) => sum + args.length, 0) / fields.length],
    ['inputFields', average((type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0))],
    ['enumValues', average((type) => (isEnumType(type) ? type.getValues().length : 0))],
    ['interfaces', average((type) => (isObjectType(type) || isInterfaceType(type) ? type.getInterfaces().length : 0))],
    ['possibleTypes', average((type) => (isAbstractType(type) ? schema.getPossibleTypes(type).length : 0))],
  ]);
}

interface Part {
  readonly depth: number;
  readonly fields: number;
}

const NOTHING: Part = { depth: 0, fields: 0 };

/**
 * Measures the deepest and the largest answer of a document. The document need not be valid: a field that the schema does not have counts as one.
 * @param variables the values of the variables; null to assume the worst ones.
 */
function answerSize(document: DocumentNode, schema: GraphQLSchema, variables: Readonly<Record<string, unknown>> | null): Pick<DocumentSize, 'depth' | 'answerFields'> {
  const measure = new Measure(document, schema, variables);
  let depth = 0;
  let answerFields = 0;
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const part = measure.selections(definition.selectionSet, schema.getRootType(definition.operation) ?? undefined, 1);
    depth = Math.max(depth, part.depth);
    answerFields = Math.max(answerFields, part.fields);
  }
  return { depth, answerFields };
}

class Measure {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Each fragment is measured once for each size of page, however often it is spread. */
  readonly #measured = new Map<string, Part>();

  constructor(
    document: DocumentNode,
    private readonly schema: GraphQLSchema,
    private readonly variables: Readonly<Record<string, unknown>> | null,
  ) {
    this.#fragments = fragmentsOf(document);
  }

  /** @param page the number of items of the page that these selections belong to; 1 outside of pages. */
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
    const field = this.#definition(node.name.value, parent);
    const pages = field?.args.some(({ name }) => name === 'first') ?? false;
    const own = pages ? this.#pageSize(node) : null;
    const inner = this.selections(node.selectionSet, field && getNamedType(field.type), own ?? 1);
    return { depth: 1 + inner.depth, fields: 1 + this.#items(field, parent, page, own) * inner.fields };
  }

  #definition(name: string, parent: GraphQLNamedType | undefined): GraphQLField<unknown, unknown> | undefined {
    if (parent !== undefined && parent === this.schema.getQueryType()) {
      if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
      if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    }
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
  }

  /**
   * The number of values that a field has.
   * @param page the number of items of the page that the field belongs to.
   * @param own the number that the field itself is asked for; null where it takes none.
   */
  #items(field: GraphQLField<unknown, unknown> | undefined, parent: GraphQLNamedType | undefined, page: number, own: number | null): number {
    if (field?.name === WRAPPED && parent !== undefined && isIntrospectionType(parent)) return introspectedLength(this.schema, WRAPPED);
    if (field === undefined || !isListType(getNullableType(field.type))) return 1;
    if (isIntrospectionType(parent ?? getNamedType(field.type))) return introspectedLength(this.schema, field.name);
    return own ?? (ITEMS_OF_A_PAGE.includes(field.name) ? page : SHORT_LIST);
  }

  #fragment(name: string, page: number): Part {
    const key = `${name} ${page}`;
    const known = this.#measured.get(key);
    const fragment = this.#fragments.get(name);
    if (known !== undefined || fragment === undefined) return known ?? NOTHING;
    // Validation rejects a fragment within itself. Here the recursion only has to end.
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
    // A request for more than the largest page is rejected on execution.
    return Math.min(size === 0 ? DEFAULT_PAGE_SIZE : size, MAX_PAGE_SIZE);
  }

  #variable(name: string): number {
    if (this.variables === null) return MAX_PAGE_SIZE;
    const value = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    // An absent variable may have any default.
    return typeof value === 'number' ? value : MAX_PAGE_SIZE;
  }
}

/** Counts what a document contains as it is written. */
function outlineOf(document: DocumentNode): Pick<DocumentSize, 'operations' | 'fragments' | 'variables' | 'aliases' | 'directives' | 'literalDepth'> {
  const counts = { operations: 0, fragments: 0, variables: 0, aliases: 0, directives: 0, literalDepth: 0 };
  let depth = 0;
  const literal = {
    enter: () => { counts.literalDepth = Math.max(counts.literalDepth, depth += 1); },
    leave: () => { depth -= 1; },
  };
  visit(document, {
    OperationDefinition() { counts.operations += 1; },
    FragmentDefinition() { counts.fragments += 1; },
    VariableDefinition() { counts.variables += 1; },
    Directive() { counts.directives += 1; },
    Field({ alias }) { if (alias !== undefined) counts.aliases += 1; },
    ListValue: literal,
    ObjectValue: literal,
  });
  return counts;
}

/**
 * Says what is wrong with the root of a subscription, or null. graphql-js throws, rather than reporting an error, when a directive leaves out the
 * root field.
 */
function subscriptionRootProblem(document: DocumentNode): string | null {
  const fragments = fragmentsOf(document);
  const { definitions } = document;
  const seen = new Set<string>();
  const hasDirective = ({ selections }: SelectionSetNode): boolean => selections.some((selection) => {
    if ((selection.directives ?? []).length > 0) return true;
    if (selection.kind === Kind.INLINE_FRAGMENT) return hasDirective(selection.selectionSet);
    if (selection.kind === Kind.FIELD || seen.has(selection.name.value)) return false;
    seen.add(selection.name.value);
    const fragment = fragments.get(selection.name.value);
    return fragment !== undefined && hasDirective(fragment.selectionSet);
  });
  const isWrong = definitions.some((one) => one.kind === Kind.OPERATION_DEFINITION && one.operation === OperationTypeNode.SUBSCRIPTION && hasDirective(one.selectionSet));
  return isWrong ? 'The root field of a subscription takes no directives.' : null;
}

/** The most tokens that a document may have. The parser rejects a longer one, and its error names the limit. */
export const MAX_TOKENS = 4000;

/** The largest document that is executed. One that exceeds any of these is refused before it is validated. */
export const DOCUMENT_LIMITS: DocumentSize = {
  operations: 50,
  fragments: 200,
  variables: 200,
  aliases: 100,
  directives: 50,
  literalDepth: 20,
  nesting: 60,
  selections: 2_000,
  comparisons: 6_000,
  depth: 20,
  answerFields: 100_000,
};

const SENTENCES: Readonly<Record<keyof DocumentSize, (most: string, found: string) => string>> = {
  operations: (most, found) => `A document may have ${most} operations, and this one has ${found}. Send several documents.`,
  fragments: (most, found) => `A document may have ${most} fragments, and this one has ${found}.`,
  variables: (most, found) => `A document may declare ${most} variables, and this one declares ${found}.`,
  aliases: (most, found) => `A document may have ${most} aliases, and this one has ${found}.`,
  directives: (most, found) => `A document may have ${most} directives, and this one has ${found}.`,
  literalDepth: (most, found) => `Lists and objects in arguments may be nested ${most} levels deep, and here they are ${found}.`,
  nesting: (most) => `Selections and fragments may be nested ${most} levels deep, and here they are more.`,
  selections: (most) => `A document may select ${most} fields and fragments once its fragments are spread, and this one selects more. Send several documents.`,
  comparisons: () => 'This document selects the same fields too often. Select each field of an object once, or from a few fragments.',
  depth: (most, found) => `Fields may stand within fields ${most} levels deep, and here they are ${found}.`,
  answerFields: (most, found) => `An answer may have ${most} fields, and this one could have ${found}. Ask for smaller pages, with "first", or for fewer fields.`,
};

/** The least recently used documents are forgotten when all together take more memory. */
const MAX_REMEMBERED_BYTES = 8_000_000;
const MAX_REMEMBERED_EACH = 64_000;
/** What an entry takes beside its text and the values that its price depends on. */
const ENTRY_BYTES = 1_000;

/** A document that is within every limit, and whether it had been measured before. */
interface MeasuredDocument {
  readonly priced: PricedDocument;
  readonly isNew: boolean;
}

/**
 * Refuses documents that ask for too much, before they are validated: validating a small document can cost more than anything else about it.
 * A document that is within every limit for all values of its variables is remembered by its text and measured once.
 */
export class DocumentLimits {
  readonly #within = new LRUCache<string, PricedDocument>({
    maxSize: MAX_REMEMBERED_BYTES,
    sizeCalculation: ({ bytes }, source) => source.length + bytes + ENTRY_BYTES,
  });

  constructor(private readonly schema: GraphQLSchema) {}

  /** Returns a sentence that names the limit that the document exceeds; null when it may be executed, and when it cannot be parsed. */
  problemOf(source: string, variables: Readonly<Record<string, unknown>>): string | null {
    const measured = this.measured(source, variables);
    return typeof measured === 'string' ? measured : null;
  }

  /** Measures a document. @returns a sentence that names the limit that it exceeds; null when it cannot be parsed. */
  measured(source: string, variables: Readonly<Record<string, unknown>>): MeasuredDocument | string | null {
    const known = this.#within.get(source);
    if (known !== undefined) return { priced: known, isNew: false };
    const document = parsed(source);
    if (document === null) return null;
    const outline = crossed(outlineOf(document));
    if (outline !== null) return outline;
    const spreading = new Spreading(document, DOCUMENT_LIMITS);
    const written = crossed(spreading) ?? subscriptionRootProblem(document);
    if (written !== null) return written;
    const worst = answerSize(document, this.schema, null);
    const exceedsAtWorst = crossed(worst) !== null;
    const answer = exceedsAtWorst ? answerSize(document, this.schema, variables) : worst;
    const exceeded = exceedsAtWorst ? crossed(answer) : null;
    if (exceeded !== null) return exceeded;
    const { selections, comparisons } = spreading;
    const priced = new PricedDocument(document, this.schema, { answerFields: answer.answerFields, selections, comparisons });
    if (!exceedsAtWorst && source.length <= MAX_REMEMBERED_EACH) this.#within.set(source, priced);
    return { priced, isNew: true };
  }
}

/** Returns null when the text cannot be parsed; whoever executes it reports why. */
function parsed(source: string): DocumentNode | null {
  try {
    return parse(source, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch {
    return null;
  }
}

/** The sentence of the first limit that is exceeded; null when none is. */
function crossed(size: Partial<DocumentSize>): string | null {
  for (const [name, most] of Object.entries(DOCUMENT_LIMITS) as readonly (readonly [keyof DocumentSize, number])[]) {
    const found = size[name] ?? 0;
    if (found > most) return SENTENCES[name](inWords(most), inWords(found));
  }
  return null;
}

const inWords = (count: number): string => (Number.isSafeInteger(count) ? count.toLocaleString('en') : 'far more');
