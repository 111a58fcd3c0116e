import {
  getNamedType, isAbstractType, isCompositeType, isEnumType, isInputObjectType, isLeafType, isListType, isNonNullType, isObjectType, isScalarType,
  type GraphQLArgument, type GraphQLCompositeType, type GraphQLField, type GraphQLInputType, type GraphQLSchema,
} from 'graphql';
import type { Dice } from './dice';

/** A request body generated from the schema. Most are valid; some contain a wrong value, name or character. */
export interface GeneratedOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

const MAX_DEPTH = 7;

const TEXTS = [
  '', ' ', 'gx624', 'no-such-app', 'olivia@keap.example', 'Paul <p@x.example>', 'x'.repeat(300), 'é\u0301\u202e', '\u0000', '\ud800', '__proto__', '{}', '../../etc/passwd',
  '\'; DROP TABLE users; --', '2026-01-01T00:00:00.000Z', '2026-02-30T00:00:00Z', '9999-12-31T23:59:59Z', '0000000000000001', '9999999999999999', 'VXNlcjpneDYyNDox', 'QXBwOmd4NjI0Omd4NjI0',
  '00000000-0000-4000-8000-000000000000', '%', '_', '"', '\\', '\n', '😀'.repeat(50),
];
const NUMBERS = [0, 1, -1, 2, 50, 200, 201, 1_000_000, 2_147_483_647, 2_147_483_648, -2_147_483_648, 1.5, 1e308];
const BROKEN_CHARACTERS = ['{', '}', '(', ')', '$', '@', '"', '"""', '#', '...', '!', '\u0000', '\ufeff', '&', '|', '[', ']', ':', '\\u{110000}'];

/** Makes operations of a schema, with literals and variables, fragments, aliases and directives. */
export class GeneratedOperations {
  #variables: { readonly declarations: string[]; readonly values: Record<string, unknown> } = { declarations: [], values: {} };
  #aliases = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly dice: Dice,
    /** Ids and the like that exist, so that some operations find something. */
    private readonly known: readonly string[],
  ) {}

  next(): GeneratedOperation {
    const { dice, schema } = this;
    this.#variables = { declarations: [], values: {} };
    this.#aliases = 0;
    const kind = dice.chance(0.5) ? 'query' : 'mutation';
    const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    if (!root) throw new Error(`no ${kind}`);
    const body = this.#selections(root, 0);
    const { declarations, values } = this.#variables;
    const query = `${kind} Fuzz${declarations.length > 0 ? `(${declarations.join(', ')})` : ''} ${this.#directive()}${body}`;
    return {
      query: dice.chance(0.15) ? this.#broken(query) : query,
      variables: dice.chance(0.05) ? {} : values,
      ...(dice.chance(0.1) ? { operationName: dice.oneOf(['Fuzz', 'Other', '', null, 7]) } : {}),
      ...(dice.chance(0.05) ? { extensions: dice.oneOf([null, {}, [], 7, { persistedQuery: { version: 1, sha256Hash: 'abc' } }, { persistedQuery: 1 }]) } : {}),
    };
  }

  #selections(type: GraphQLCompositeType, depth: number): string {
    const { dice } = this;
    const parts: string[] = [];
    if (isAbstractType(type)) {
      parts.push('__typename');
      for (const possible of dice.someOf(this.schema.getPossibleTypes(type), 0.4)) parts.push(`... on ${possible.name} ${this.#directive()}${this.#selections(possible, depth + 1)}`);
    }
    if (!isObjectType(type)) return `{ ${parts.join(' ')} }`;
    const fields = Object.values(type.getFields()).filter((field) => depth < MAX_DEPTH || isLeafType(getNamedType(field.type)));
    const share = depth === 0 ? 0.02 : 0.3;
    for (const field of dice.someOf(fields, share)) parts.push(this.#field(field, depth));
    return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const { dice } = this;
    const type = getNamedType(field.type);
    const given = field.args.filter((argument) => isNonNullType(argument.type) || dice.chance(0.4)).map((argument) => `${argument.name}: ${this.#argument(argument)}`);
    // Two fields of one name with different arguments are no valid document.
    const alias = dice.chance(0.2) || given.length > 0 ? `a${(this.#aliases += 1)}: ` : '';
    const selections = isCompositeType(type) ? ` ${this.#selections(type, depth + 1)}` : '';
    return `${alias}${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''} ${this.#directive()}${selections}`;
  }

  #argument({ type }: GraphQLArgument): string {
    const value = this.#value(type, 0);
    if (this.dice.chance(0.4)) return literal(value, type);
    const name = `v${this.#variables.declarations.length}`;
    this.#variables.declarations.push(`$${name}: ${String(type)}`);
    this.#variables.values[name] = value;
    return `$${name}`;
  }

  #directive(): string {
    return this.dice.chance(0.05) ? `@${this.dice.oneOf(['include', 'skip'])}(if: ${this.dice.oneOf(['true', 'false'])}) ` : '';
  }

  #value(type: GraphQLInputType, depth: number): unknown {
    const { dice } = this;
    if (dice.chance(0.03)) return dice.oneOf<unknown>([null, [], {}, 7, 'text', true, [[[]]], { __proto__: null, x: 1 }]);
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (dice.chance(0.1)) return null;
    if (isListType(type)) {
      const { ofType } = type;
      return Array.from({ length: dice.oneOf([0, 1, 1, 2, 5, dice.chance(0.02) ? 1200 : 3]) }, () => this.#value(ofType, depth + 1));
    }
    if (isEnumType(type)) return dice.chance(0.05) ? 'NO_SUCH_VALUE' : dice.oneOf(type.getValues()).name;
    if (isInputObjectType(type)) {
      if (depth > 5) return {};
      const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || dice.chance(0.4));
      return Object.fromEntries(fields.filter(() => !dice.chance(0.03)).map((field) => [field.name, this.#value(field.type, depth + 1)]));
    }
    if (isScalarType(type) && ['Int', 'Float'].includes(type.name)) return dice.oneOf(NUMBERS);
    if (isScalarType(type) && type.name === 'Boolean') return dice.chance(0.5);
    return dice.chance(0.4) && this.known.length > 0 ? dice.oneOf(this.known) : dice.oneOf(TEXTS);
  }

  #broken(query: string): string {
    const { dice } = this;
    const at = dice.below(query.length);
    const character = dice.oneOf(BROKEN_CHARACTERS);
    const broken = dice.oneOf([query.slice(0, at), query.slice(0, at) + character + query.slice(at), query.slice(0, at) + query.slice(at + 1), query.repeat(3), character.repeat(dice.below(500))]);
    return broken;
  }
}

/** A value as it stands in a document. */
function literal(value: unknown, type: GraphQLInputType): string {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (Array.isArray(value)) return `[${value.map((item) => literal(item, isListType(inner) ? inner.ofType : inner)).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = isInputObjectType(inner) ? inner.getFields() : {};
    return `{ ${Object.entries(value).map(([name, item]) => `${name}: ${literal(item, fields[name]?.type ?? inner)}`).join(', ')} }`;
  }
  return isEnumType(inner) && typeof value === 'string' ? value : JSON.stringify(value);
}
