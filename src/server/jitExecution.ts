import { HeaderMap, type ApolloServerPlugin, type GraphQLRequestContext, type BaseContext, type GraphQLRequestListener } from '@apollo/server';
import { getVariableValues, Kind, visit, BREAK, type DocumentNode, type GraphQLSchema } from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';

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

type Run = CompiledQuery['query'];

/** Kept for what cannot be compiled, so that it is not tried again. */
const NOT_COMPILED = { run: null };

/**
 * Runs queries that come again and again as compiled functions. Mutations and subscriptions, a query's first sights, what
 * cannot be compiled, and every execution that met an error are left to graphql-js: its answer, and its errors, are the ones that count.
 */
export function createJitExecution(options: JitOptions = {}): JitExecution {
  const { maxCompiled = 500, maxCounted = 2000, compileOnSight = 3, maxSourceLength = 10_000 } = options;
  // Counted apart from what is compiled: a flood of queries that come once pushes out counters only.
  const sights = new LRUCache<string, number>({ max: maxCounted });
  const compiled = new LRUCache<string, { readonly run: Run | null }>({ max: maxCompiled });
  let compilations = 0;
  let answers = 0;

  const runFor = (request: GraphQLRequestContext<BaseContext>): Run | null => {
    const { document, operation, queryHash = '', source = '', schema } = request;
    if (document === undefined || operation?.operation !== 'query' || source.length > maxSourceLength) return null;
    const key = `${queryHash}:${request.request.operationName ?? ''}`;
    const known = compiled.get(key);
    if (known !== undefined) return known.run;
    const sight = (sights.get(key) ?? 0) + 1;
    if (sight < compileOnSight) {
      sights.set(key, sight);
      return null;
    }
    sights.delete(key);
    compilations += 1;
    const run = compile(schema, document, operation.name?.value);
    compiled.set(key, run === null ? NOT_COMPILED : { run });
    return run;
  };

  const listener: GraphQLRequestListener<BaseContext> = {
    async responseForOperation(request) {
      const run = runFor(request);
      if (run === null) return null;
      const variables = request.request.variables ?? {};
      const definitions = request.operation.variableDefinitions ?? [];
      // graphql-js alone decides whether variables are right.
      if (definitions.length > 0 && getVariableValues(request.schema, definitions, variables).errors !== undefined) return null;
      const result = await execute(run, request.contextValue, variables);
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

function compile(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined): Run | null {
  if (!isCompilable(document)) return null;
  const query = compileQuery(schema, document, operationName, { useExperimentalPathBasedSkipInclude: true });
  return isCompiledQuery(query) ? query.query : null;
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

/** The data; null when there were errors. */
async function execute(run: Run, context: BaseContext, variables: Record<string, unknown>): Promise<Record<string, unknown> | null> {
  try {
    const result = await run(undefined, context, variables);
    return result.errors === undefined || result.errors.length === 0 ? (result.data ?? null) : null;
  } catch {
    return null;
  }
}
