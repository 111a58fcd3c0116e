import { type DocumentNode, type FieldNode, type FragmentDefinitionNode, getNamedType, type GraphQLSchema, Kind, OperationTypeNode, type SelectionSetNode, type ValueNode, valueFromASTUntyped, visit } from 'graphql';
import { type GlobalKey, parseGlobalId } from '../../resolvers/shared/globalId';
import { fragmentsOf } from './spreading';

type Variables = Readonly<Record<string, unknown>>;

/** The most expensive fields that one document may select. A document with more is refused. */
const PRICE_LIMITS = {
  /** Different moments and apps that one document may look back at. Each look folds the events of an app. */
  looksBack: 10,
  mutations: 50,
  /** Mutations of one dry run. Each one shows an app as it would be. */
  dryMutations: 10,
} as const;

/** The prices of the parts of a request, in milliseconds of work. They are near the costs that docs/performance.md lists. */
export const PRICES = {
  request: 0.6,
  /** For each field that the answer may have. */
  field: 0.004,
  /** For all fields together: few answers are as large as they may be. */
  mostFields: 50,
  /** For each look into the past. */
  lookBack: 10,
  mutation: 4,
  /** For each list of the periods of access of all apps, which may be counted. */
  everyPeriod: 30,
  /** For each digest of all rows of all read models. */
  digests: 200,
  /** For each message or ping that comes over a WebSocket, beside what it asks for. */
  socketMessage: 0.05,
  /** For each message of a subscription, beside the queries that it takes. */
  message: 0.5,
  /** On top of a mutation, when it is a dry run. */
  dryRun: 10,
  /** For a document that is parsed, validated and planned for the first time, and for each field that it selects. */
  newDocument: 1,
  newSelection: 0.005,
  /** For each comparison that validating a new document takes. */
  newComparison: 0.001,
  /** For sending each character of the answer, once it is known. */
  answerCharacter: 0.00001,
} as const;

/** A field of the root of an operation. */
interface RootField {
  readonly name: string;
  /** Values of the arguments that name an app, or contain the name of one. */
  readonly apps: readonly ValueNode[];
  /** Values of the arguments that name a moment. */
  readonly moments: readonly ValueNode[];
  /** The global id, which may be that of an object of the past; undefined for other fields. */
  readonly id: ValueNode | undefined;
}

interface Operation {
  readonly name: string | undefined;
  readonly type: OperationTypeNode;
  readonly defaults: Variables;
  readonly fieldCount: number;
  /** The fields that the schema has. Validation rejects a document with others. */
  readonly fields: readonly RootField[];
}

interface DocumentMeasures {
  readonly answerFields: number;
  readonly selections: number;
  readonly comparisons: number;
}

/** How a document is executed. */
export interface Execution {
  readonly variables: Variables;
  readonly operationName: string | null;
  readonly dryRun: boolean;
  /** Whether the document is sent for the first time, or was forgotten since. */
  readonly isNew: boolean;
}

/** What executing a document costs at most. */
export interface DocumentPrice {
  /** Milliseconds of work. */
  readonly ms: number;
  /** The part of it for what cannot be measured while the document is executed, in milliseconds. */
  readonly fixedMs: number;
  /** The number of its mutations. */
  readonly mutations: number;
  /** The apps that it names. */
  readonly appIds: readonly string[];
}

/** The parts of a document that its price depends on. */
export class PricedDocument {
  readonly #operations: readonly Operation[];
  /** About how many bytes of memory the kept values take. */
  readonly bytes: number;

  constructor(document: DocumentNode, schema: GraphQLSchema, private readonly measures: DocumentMeasures) {
    const fragments = fragmentsOf(document);
    this.#operations = document.definitions.flatMap((definition) => {
      if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
      const { name, operation: type, variableDefinitions = [], selectionSet } = definition;
      const defaults = variableDefinitions.flatMap(({ variable, defaultValue }) => (defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const]));
      const arguments_ = schema.getRootType(type)?.getFields() ?? {};
      const selected = rootFields(selectionSet, fragments);
      const fields = selected.filter(({ name: { value } }) => arguments_[value] !== undefined).map((field) => rootField(field, (argument) => {
        const defined = arguments_[field.name.value]?.args.find((one) => one.name === argument);
        return defined !== undefined && getNamedType(defined.type).name === 'AsOf';
      }));
      return [{ name: name?.value, type, defaults: Object.fromEntries(defaults), fieldCount: selected.length, fields }];
    });
    this.bytes = this.#operations.reduce((sum, { defaults, fields }) => sum + JSON.stringify(defaults).length * BYTES_PER_CHARACTER + fields.reduce((all, field) => all + bytesOf(field), 0), 0);
  }

  /** Returns the price; the sentence of a refusal for a document that exceeds one of `PRICE_LIMITS`. */
  priceOf({ variables, operationName, dryRun, isNew }: Execution): DocumentPrice | string {
    const appIds = new Set<string>();
    const looks = new Set<string>();
    let mutations = 0;
    let digests = 0;
    let everyPeriod = 0;
    for (const { type, name, defaults, fieldCount, fields } of this.#operations) {
      if (operationName !== null && name !== operationName) continue;
      const given = Object.keys(defaults).length === 0 ? variables : { ...defaults, ...variables };
      if (type === OperationTypeNode.MUTATION) mutations += fieldCount;
      for (const field of fields) {
        const apps = appsOf(field, given);
        for (const appId of apps) appIds.add(appId);
        if (field.name === 'projectionDigests') digests += 1;
        if (field.name === 'periodsOfAccess' && apps.length === 0) everyPeriod += 1;
        for (const look of looksOf(field, apps, given)) looks.add(look);
      }
    }
    const problem = problemOf(looks.size, mutations, dryRun);
    if (problem !== null) return problem;
    const { answerFields, selections, comparisons } = this.measures;
    const fixedMs = PRICES.request + mutations * (PRICES.mutation + (dryRun ? PRICES.dryRun : 0));
    const newMs = isNew ? PRICES.newDocument + selections * PRICES.newSelection + comparisons * PRICES.newComparison : 0;
    return { ms: fixedMs + newMs + Math.min(answerFields * PRICES.field, PRICES.mostFields) + looks.size * PRICES.lookBack + digests * PRICES.digests + everyPeriod * PRICES.everyPeriod, fixedMs, mutations, appIds: [...appIds] };
  }
}

function problemOf(looks: number, mutations: number, dryRun: boolean): string | null {
  const { looksBack, mutations: most, dryMutations } = PRICE_LIMITS;
  if (looks > looksBack) return `A document may look into the past ${looksBack} times, with "asOf" or "membershipDiff", and this one does ${looks} times. Send several documents.`;
  if (dryRun && mutations > dryMutations) return `A dry run may have ${dryMutations} mutations, and this one has ${mutations}. Send several documents.`;
  if (mutations > most) return `A document may have ${most} mutations, and this one has ${mutations}. Send several documents.`;
  return null;
}

/** The fields of a root, once fragments are spread; each fragment once. */
function rootFields(root: SelectionSetNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): readonly FieldNode[] {
  const spread = new Set<string>();
  const fieldsOf = ({ selections }: SelectionSetNode): readonly FieldNode[] => selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(selection.selectionSet);
    const name = selection.name.value;
    const fragment = spread.has(name) ? undefined : fragments.get(name);
    spread.add(name);
    return fragment === undefined ? [] : fieldsOf(fragment.selectionSet);
  });
  return fieldsOf(root);
}

/** Arguments that name an app, or are objects that do. */
const NAMES_APPS = ['appId', 'appIds', 'input', 'filter'];

function rootField({ name, arguments: given = [] }: FieldNode, isMoment: (argument: string) => boolean): RootField {
  const valuesOf = (isWanted: (argument: string) => boolean): readonly ValueNode[] => given.filter((argument) => isWanted(argument.name.value)).map(({ value }) => value);
  return {
    name: name.value,
    apps: valuesOf((argument) => NAMES_APPS.includes(argument)).flatMap(appNode),
    moments: valuesOf(isMoment),
    id: name.value === 'node' ? valuesOf((argument) => argument === 'id')[0] : undefined,
  };
}

/** About what is kept of a field, of each value in its arguments, and of each character in the JSON of a default value. */
const BYTES_PER_FIELD = 400;
const BYTES_PER_VALUE = 150;
const BYTES_PER_CHARACTER = 16;

function bytesOf({ apps, moments, id }: RootField): number {
  let values = 0;
  for (const value of [...apps, ...moments, ...(id === undefined ? [] : [id])]) visit(value, { enter: () => { values += 1; } });
  return BYTES_PER_FIELD + values * BYTES_PER_VALUE;
}

/** Most apps that one list may name. A longer one is refused when the document is executed. */
const MOST_LISTED = 100;

/** The part of a value that names apps. The rest of it, which may be large, is not kept. */
function appNode(value: ValueNode): readonly ValueNode[] {
  if (value.kind !== Kind.OBJECT) return [value];
  return value.fields.filter(({ name }) => name.value === 'appId' || name.value === 'appIds').map((field) => field.value);
}

function appsOf({ apps, id }: RootField, variables: Variables): readonly string[] {
  const key = globalKeyOf(id, variables);
  return key ? [key.appId] : apps.flatMap((node) => {
    const value = valueFromASTUntyped(node, variables);
    return isObject(value) ? [value['appId'], value['appIds']].flatMap(idsIn) : idsIn(value);
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const idsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.slice(0, MOST_LISTED) : [value]).filter((id) => typeof id === 'string');

function globalKeyOf(id: ValueNode | undefined, variables: Variables): GlobalKey | undefined {
  const given: unknown = id && valueFromASTUntyped(id, variables);
  return typeof given === 'string' ? parseGlobalId(given) : undefined;
}

/** Texts that differ where two looks into the past do. */
function looksOf({ name, moments, id }: RootField, apps: readonly string[], variables: Variables): readonly string[] {
  const key = globalKeyOf(id, variables);
  if (key) return key.moment ? [JSON.stringify([key.moment, key.appId])] : [];
  return moments.flatMap((node) => {
    const moment = valueFromASTUntyped(node, variables);
    return moment === null || moment === undefined ? [] : [JSON.stringify([moment, apps[0] ?? name])];
  });
}
