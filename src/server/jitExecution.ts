import { HeaderMap, type ApolloServerPlugin, type GraphQLRequestContext, type BaseContext, type GraphQLRequestListener } from '@apollo/server';
import { BREAK, getVariableValues, Kind, OperationTypeNode, visit, type DocumentNode, type GraphQLSchema } from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { guardedSchema } from './guardedSchema';

export interface JitOptions {
  /** How many compiled queries are kept; 500 when absent. */
  readonly maxCompiled?: number;
  /** How many queries are counted before they are compiled; 2,000 when absent. */
  readonly maxCounted?: number;
  /** On which sight of a query it is compiled; 3 when absent. */
  readonly compileOnSight?: number;
  /** Longer queries are never compiled; 10,000 characters when absent. */
  readonly maxSourceLength?: number;
}

export interface JitExecution {
  readonly plugin: ApolloServerPlugin;
  readonly statistics: {
    /** compiled queries that are kept now. */
    readonly kept: number;
    /** compilations so far. */
    readonly compilations: number;
    /** answers that a compiled query gave. */
    readonly answers: number;
  };
}

interface Compiled {
  readonly run: CompiledQuery['query'];
  /** Variables within literal lists and objects. Compiled code takes one that was left out for null, graphql-js as left out. */
  readonly nestedVariables: readonly string[];
}

/** Kept for what cannot be compiled, so that it is not tried again. */
const NOT_COMPILED = 'not compiled';

/**
 * Runs queries that come again and again as compiled functions. Mutations and subscriptions, a query's first sights, what
 * cannot be compiled, and every execution that met an error are left to graphql-js: its answer, and its errors, are the ones that count.
 */
export function createJitExecution(options: JitOptions = {}): JitExecution {
  const { maxCompiled = 500, maxCounted = 2000, compileOnSight = 3, maxSourceLength = 10_000 } = options;
  // Counted apart from what is compiled: a flood of queries that come once pushes out counters only.
  const sights = new LRUCache<string, number>({ max: maxCounted });
  const compiled = new LRUCache<string, Compiled | typeof NOT_COMPILED>({ max: maxCompiled });
  const guardedSchemas = new WeakMap<GraphQLSchema, GraphQLSchema>();
  let compilations = 0;
  let answers = 0;

  const compiledFor = (request: GraphQLRequestContext<BaseContext>): Compiled | null => {
    const { document, operation, queryHash = '', source = '', schema } = request;
    if (document === undefined || operation?.operation !== OperationTypeNode.QUERY || source.length > maxSourceLength) return null;
    const key = `${queryHash}:${request.request.operationName ?? ''}`;
    const known = compiled.get(key);
    if (known !== undefined) return known === NOT_COMPILED ? null : known;
    const sight = (sights.get(key) ?? 0) + 1;
    if (sight < compileOnSight) {
      sights.set(key, sight);
      return null;
    }
    sights.delete(key);
    compilations += 1;
    const guarded = guardedSchemas.get(schema) ?? guardedSchema(schema);
    guardedSchemas.set(schema, guarded);
    const query = compile(guarded, document, operation.name?.value);
    compiled.set(key, query ?? NOT_COMPILED);
    return query;
  };

  const listener: GraphQLRequestListener<BaseContext> = {
    async responseForOperation(request) {
      const query = compiledFor(request);
      if (query === null) return null;
      const variables = request.request.variables ?? {};
      const definitions = request.operation.variableDefinitions ?? [];
      if (definitions.length > 0) {
        // graphql-js alone decides whether variables are right.
        const { coerced } = getVariableValues(request.schema, definitions, variables);
        if (coerced === undefined || query.nestedVariables.some((name) => !Object.hasOwn(coerced, name))) return null;
      }
      const result = await execute(query.run, request.contextValue, variables);
      if (result === null) return null;
      answers += 1;
      return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: { data: result } } };
    },
  };

  return {
    plugin: { requestDidStart: () => Promise.resolve(listener) },
    statistics: {
      get kept() {
        return compiled.size;
      },
      get compilations() {
        return compilations;
      },
      get answers() {
        return answers;
      },
    },
  };
}

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined): Compiled | null {
  if (!isCompilable(document)) return null;
  const query = compileQuery(schema, document, operationName, { useExperimentalPathBasedSkipInclude: true });
  return isCompiledQuery(query) ? { run: query.query, nestedVariables: nestedVariablesOf(document) } : null;
}

const INCREMENTAL_DIRECTIVES = ['defer', 'stream'];
const INTROSPECTION_FIELDS = ['__schema', '__type'];

/** Answers in parts and introspection stay with graphql-js, and so do names that an object literal would not take as a key. */
function isCompilable(document: DocumentNode): boolean {
  let compilable = true;
  visit(document, {
    enter(node) {
      const refused =
        (node.kind === Kind.NAME && node.value === '__proto__') ||
        (node.kind === Kind.DIRECTIVE && INCREMENTAL_DIRECTIVES.includes(node.name.value)) ||
        (node.kind === Kind.FIELD && INTROSPECTION_FIELDS.includes(node.name.value));
      if (!refused) return undefined;
      compilable = false;
      return BREAK;
    },
  });
  return compilable;
}

function nestedVariablesOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>();
  let depth = 0;
  const literal = {
    enter: () => {
      depth += 1;
    },
    leave: () => {
      depth -= 1;
    },
  };
  visit(document, {
    [Kind.LIST]: literal,
    [Kind.OBJECT]: literal,
    [Kind.VARIABLE]: (node) => {
      if (depth > 0) names.add(node.name.value);
    },
  });
  return [...names];
}

/** The data; null when there were errors. */
async function execute(run: Compiled['run'], context: BaseContext, variables: Record<string, unknown>): Promise<Record<string, unknown> | null> {
  try {
    const result = await run(undefined, context, variables);
    return result.errors === undefined || result.errors.length === 0 ? (result.data ?? null) : null;
  } catch {
    return null;
  }
}
