import { buildSchema, GraphQLError, GraphQLObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { ProjectionBehind } from '../../src/application/errors';
import { StoreUnavailable } from '../../src/eventstore/eventStore';

/** What the schema's resolvers find in their context. */
export interface TestContext {
  readonly viewer: string | null;
  readonly trace: unknown;
  waitFor(position: string, timeoutMs: number): Promise<boolean>;
  /** Resolves when the test lets the field `slow` go on. */
  readonly gate: () => Promise<void>;
}

type Resolver = GraphQLFieldResolver<unknown, TestContext, Record<string, unknown>>;

const SDL = `
  interface Animal { name: String! }
  type Dog implements Animal { name: String! barks: Boolean! friends(first: Int = 2, named: Names): [Animal!]! owner: Person }
  type Cat implements Animal { name: String! lives: Int! }
  union Pet = Dog | Cat
  type Person { id: ID! name: String age: Int height: Float mood: Mood! pets: [Pet!]! nobody: Person children: [Person]! }
  enum Mood { GLAD GRUMPY }
  input Names { any: [String!] = ["Rex"], mood: Mood, limit: Int! = 3 }
  type Query {
    viewer: String
    trace: String!
    people(first: Int = 2, moods: [Mood!], names: Names): [Person!]!
    person(id: ID!): Person
    echo(text: String, number: Int, float: Float, flag: Boolean, names: Names, ids: [ID!]): String
    slow: String!
    boom: String
    strict: String!
    sql: String
    unauthenticated: String!
    forbidden: String
    storeDown: String
    behind: String
    strangeCode: String
    many(count: Int!): [Person!]!
  }
  type Mutation { write(position: String!, reach: Boolean): String! storeDown: String! }
`;

interface PersonRow {
  readonly id: string;
  readonly name: string | null;
  readonly age: number | null;
  readonly height: number;
  readonly mood: string;
  readonly pets: readonly PetRow[];
  readonly children: readonly (PersonRow | null)[];
}
interface PetRow {
  readonly kind: 'Dog' | 'Cat';
  readonly name: string;
  readonly barks?: boolean;
  readonly lives?: number;
}

const rex: PetRow = { kind: 'Dog', name: 'Rex', barks: true };
const tom: PetRow = { kind: 'Cat', name: 'Tom', lives: 9 };
const kim: PersonRow = { id: '3', name: 'Kim', age: 7, height: 1.2, mood: 'GLAD', pets: [], children: [] };
const people: readonly PersonRow[] = [
  { id: '1', name: 'Ada "the first" \u2028 Ω', age: 36, height: 1.7, mood: 'GLAD', pets: [rex, tom], children: [kim, null] },
  { id: '2', name: null, age: null, height: 2, mood: 'GRUMPY', pets: [tom], children: [] },
  kim,
];

function coded(code: string, message: string): () => never {
  return () => {
    throw new GraphQLError(message, { extensions: { code, position: '0000000000000007', secret: 'hidden', http: undefined } });
  };
}

const resolvers: Readonly<Record<string, Readonly<Record<string, Resolver>>>> = {
  Query: {
    viewer: (_root, _arguments, context) => context.viewer,
    trace: (_root, _arguments, context) => JSON.stringify(context.trace),
    people: async (_root, { first, moods }) => {
      const wanted = Array.isArray(moods) ? people.filter(({ mood }) => moods.includes(mood)) : people;
      return wanted.slice(0, Number(first));
    },
    person: async (_root, { id }) => people.find((person) => person.id === id),
    echo: (_root, given) => JSON.stringify(given),
    slow: async (_root, _arguments, context) => {
      await context.gate();
      return 'done';
    },
    boom: async () => {
      throw new Error('the pipe at /var/lib/secret burst');
    },
    strict: () => null,
    sql: () => new Error('SQLITE_ERROR: no such table: users'),
    unauthenticated: coded('UNAUTHENTICATED', 'Sign in first.'),
    forbidden: coded('FORBIDDEN', 'For auditors only.'),
    storeDown: () => {
      throw new StoreUnavailable('connect ECONNREFUSED 10.0.0.7:2113');
    },
    behind: () => {
      throw new ProjectionBehind('userList at 3 of 9');
    },
    strangeCode: coded('SOMETHING_ELSE', 'internal words'),
    many: async (_root, { count }) => Array.from({ length: Number(count) }, (_, index) => ({ ...kim, id: String(index) })),
  },
  Mutation: {
    write: async (_root, { position, reach }, context) => {
      if (reach !== false) await context.waitFor(String(position), 50);
      return 'written';
    },
    storeDown: () => {
      throw new StoreUnavailable('connect ECONNREFUSED 10.0.0.7:2113');
    },
  },
  Dog: {
    friends: async (_root, { first, named }) => [tom, rex, ...(named === undefined ? [] : [rex])].slice(0, Number(first)),
    owner: async () => people[1],
  },
  Person: { nobody: async () => null },
};

const kindOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' ? value.kind : undefined;

/** A small schema with a field for each thing that can happen to a request. */
export function buildTestSchema(): GraphQLSchema {
  const schema = buildSchema(SDL);
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!(type instanceof GraphQLObjectType)) throw new Error(`${typeName} is no object type`);
    for (const [name, resolve] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`${typeName}.${name} does not exist`);
      field.resolve = resolve;
    }
  }
  for (const name of ['Animal', 'Pet']) {
    const type = schema.getType(name);
    if (type !== undefined && 'resolveType' in type) type.resolveType = kindOf;
  }
  return schema;
}
