import {
  getNamedType, isAbstractType, isCompositeType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType,
  type GraphQLCompositeType, type GraphQLField, type GraphQLInputType, type GraphQLObjectType, type GraphQLSchema, OperationTypeNode,
} from 'graphql';
import type { Dice } from '../fuzz/dice';

/** An operation that is valid, whatever its variables are. */
export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The operations of the document, in the order in which they are sent. */
  readonly operationNames: readonly string[];
  readonly isMutation: boolean;
}

const MAX_DEPTH = 4;
const NUMBERS = [1, 2, 5, 50, 0, -1, 201];
const CONDITIONS = ['Boolean!', 'Boolean! = true', 'Boolean = false'];

/** Generates operations with fragments, conditions, aliases, variables, and several operations in a document. */
export class OperationGenerator {
  #declarations: string[] = [];
  #values: Record<string, unknown> = {};
  #conditions: string[] = [];
  #fragments = new Map<string, string[]>();
  #definitions: string[] = [];
  #aliases = 0;
  /** Fragments that several operations share may use only variables that all of them declare. */
  #isShared = false;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly dice: Dice,
    /** Ids and the like that exist. */
    private readonly known: readonly string[],
  ) {}

  next(): Operation {
    const { dice } = this;
    [this.#declarations, this.#values, this.#conditions, this.#fragments, this.#definitions, this.#aliases] = [[], {}, [], new Map(), [], 0];
    const isMutation = dice.chance(0.15);
    const names = isMutation || dice.chance(0.7) ? ['A'] : ['A', 'B', 'C'].slice(0, 2 + dice.below(2));
    this.#isShared = names.length > 1;
    for (let index = 0; index < 3; index += 1) this.#condition(`b${index}`);
    const bodies = names.map(() => (isMutation ? this.#mutation() : this.#query()));
    const declared = `(${[...this.#conditions, ...this.#declarations].join(', ')})`;
    const uses = [0, 1, 2].map((index) => `c${index}: __typename @include(if: $b${index})`).join(' ');
    const operations = names.map((name, index) => `${isMutation ? 'mutation' : 'query'} ${name}${declared} { ${uses} ${bodies[index]} }`);
    return { query: [...operations, ...this.#definitions].join('\n'), variables: this.#values, operationNames: dice.shuffled(names), isMutation };
  }

  /** A variable that conditions use: given, null, or absent. */
  #condition(name: string): void {
    const type = this.dice.oneOf(CONDITIONS);
    this.#conditions.push(`$${name}: ${type}`);
    if (type === 'Boolean!' || this.dice.chance(0.6)) this.#values[name] = this.dice.chance(0.03) ? null : this.dice.chance(0.5);
  }

  #query(): string {
    const root = this.schema.getRootType(OperationTypeNode.QUERY);
    return root ? this.#selections(root, 0) : '';
  }

  /** Of an answer only what does not change from run to run. */
  #mutation(): string {
    const fields = Object.values(this.schema.getRootType(OperationTypeNode.MUTATION)?.getFields() ?? {});
    return `m: ${this.#call(this.dice.oneOf(fields))} { __typename ... on UserError ${this.#directive()}{ code message } }`;
  }

  /** Selections without their braces. */
  #selections(type: GraphQLCompositeType, depth: number): string {
    const { dice } = this;
    const parts = ['__typename'];
    if (isAbstractType(type)) {
      for (const possible of dice.someOf(this.schema.getPossibleTypes(type), 0.3)) parts.push(this.#part(possible, depth));
    } else {
      const fields = Object.values(type.getFields()).filter((field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)));
      for (const field of dice.someOf(fields, depth === 0 ? 0.08 : 0.2)) parts.push(this.#field(field, depth));
      // The same part twice under different conditions is merged, whichever of them holds.
      for (let times = dice.below(depth < 2 ? 3 : 2); times > 0 && depth < MAX_DEPTH; times -= 1) parts.push(this.#part(type, depth));
    }
    return parts.join(' ');
  }

  /** An inline fragment, or a named one that may have been spread elsewhere. */
  #part(type: GraphQLObjectType, depth: number): string {
    const { dice } = this;
    const inner = depth + (isAbstractType(type) ? 1 : 2);
    if (dice.chance(0.4)) return `... on ${type.name} ${this.#directive()}{ ${this.#selections(type, inner)} }`;
    const known = this.#fragments.get(type.name) ?? [];
    if (known.length > 0 && dice.chance(0.7)) return `...${dice.oneOf(known)} ${this.#directive(0.5)}`;
    const body = this.#selections(type, inner);
    const name = `F${this.#definitions.length}`;
    this.#definitions.push(`fragment ${name} on ${type.name} { ${body} }`);
    this.#fragments.set(type.name, [...(this.#fragments.get(type.name) ?? []), name]);
    // A spread whose condition fails must not hide a later one whose condition holds.
    return dice.chance(0.5) ? `...${name} ${this.#directive(1)}...${name} ${this.#directive(0.8)}` : `...${name} ${this.#directive(0.5)}`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type);
    const call = this.#call(field);
    const alias = call.includes('(') || this.dice.chance(0.15) ? `a${(this.#aliases += 1)}: ` : '';
    return `${alias}${call} ${this.#directive()}${isCompositeType(type) ? `{ ${this.#selections(type, depth + 1)} }` : ''}`;
  }

  #call({ name, args }: GraphQLField<unknown, unknown>): string {
    const given = args.filter(({ type, defaultValue }) => (isNonNullType(type) && defaultValue === undefined) || this.dice.chance(0.2));
    return given.length === 0 ? name : `${name}(${given.map((argument) => `${argument.name}: ${this.#argument(argument.type)}`).join(', ')})`;
  }

  #argument(type: GraphQLInputType): string {
    const { dice } = this;
    if (isInputObjectType(isNonNullType(type) ? type.ofType : type) && dice.chance(0.5)) return this.#object(type);
    if (this.#isShared || dice.chance(0.4)) return literal(this.#value(type, 0), type);
    const name = `v${this.#declarations.length}`;
    const inner = isNonNullType(type) ? type.ofType : type;
    const hasDefault = isNonNullType(type) ? dice.chance(0.5) : dice.chance(0.2);
    this.#declarations.push(`$${name}: ${hasDefault ? `${String(inner)} = ${literal(this.#value(inner, 0) ?? this.#value(inner, 0), inner, true)}` : String(type)}`);
    if (!hasDefault || dice.chance(0.6)) this.#values[name] = dice.chance(0.1) ? null : this.#value(type, 0);
    return `$${name}`;
  }

  /** A literal object whose fields may be variables. */
  #object(type: GraphQLInputType): string {
    const inner = isNonNullType(type) ? type.ofType : type;
    if (!isInputObjectType(inner)) return literal(this.#value(type, 0), type);
    const fields = Object.values(inner.getFields()).filter((field) => isNonNullType(field.type) || this.dice.chance(0.3));
    return `{ ${fields.map((field) => `${field.name}: ${this.#argument(field.type)}`).join(', ')} }`;
  }

  #directive(probability = 0.2): string {
    const { dice } = this;
    if (!dice.chance(probability)) return '';
    const value = dice.chance(0.8) ? `$b${dice.below(3)}` : dice.oneOf(['true', 'false']);
    return `@${dice.oneOf(['include', 'skip'])}(if: ${value}) `;
  }

  #value(type: GraphQLInputType, depth: number): unknown {
    const { dice } = this;
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (dice.chance(0.05)) return null;
    if (isListType(type)) {
      const { ofType } = type;
      return Array.from({ length: dice.below(3) }, () => (isNonNullType(ofType) ? this.#present(ofType.ofType, depth) : this.#value(ofType, depth + 1)));
    }
    return this.#present(type, depth);
  }

  #present(type: GraphQLInputType, depth: number): unknown {
    const { dice } = this;
    if (isEnumType(type)) return dice.oneOf(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || (depth < 3 && dice.chance(0.3)));
      return Object.fromEntries(fields.map((field) => [field.name, isNonNullType(field.type) ? this.#present(field.type.ofType, depth + 1) : this.#value(field.type, depth + 1)]));
    }
    if (isListType(type) || isNonNullType(type)) return this.#value(type, depth + 1);
    switch (getNamedType(type).name) {
      case 'Int': return dice.oneOf(NUMBERS);
      case 'Boolean': return dice.chance(0.5);
      case 'DateTimeISO': return '2026-01-01T00:00:00.000Z';
      case 'LogPosition': return '0000000000000003';
      default: return dice.oneOf(this.known);
    }
  }
}

/** A value as it is written in a document. */
function literal(value: unknown, type: GraphQLInputType, isPresent = false): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (value === null && isPresent) return isListType(inner) ? '[]' : 'null';
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, isListType(inner) ? inner.ofType : inner)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(inner) ? inner.getFields() : {};
    return `{ ${Object.entries(value).map(([name, item]) => `${name}: ${literal(item, fields[name]?.type ?? inner)}`).join(', ')} }`;
  }
  return isEnumType(inner) && typeof value === 'string' ? value : JSON.stringify(value);
}

