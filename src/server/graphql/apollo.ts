import { ApolloServer, type ApolloServerPlugin, type GraphQLRequestContext, type GraphQLRequestListener, type GraphQLResponse } from '@apollo/server';
import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { JSON_TYPE, negotiatedMediaType } from '../errorReplies';
import type { ServiceMetrics } from '../metrics';
import { notAsked } from '../../resolvers/shared/errors';
import { isFault, isInputMistake, publicCodeOf, publicErrorOf, statusOfCodes, thrownError } from '../publicErrors';
import type { RequestResources, ServedRequest } from './request';
import { ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled, ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { MAX_TOKENS } from './cost';
import { createDocumentStore, type PersistedOperations } from './documents';

/** The context that resolvers get, and the request that it belongs to. */
export interface ServedContext extends RequestResources {
  readonly served: ServedRequest;
}

const MAX_FAULTS_LOGGED_EACH = 5;
/** Validation stops after this many errors. Finding names that are similar to an unknown one makes errors expensive. */
const MAX_VALIDATION_ERRORS = 10;
const BEFORE_EXECUTION = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];

/** Logs the errors of requests, and remembers which request each error belongs to. */
export class FaultLog {
  readonly #correlationIds = new WeakMap<Error, string>();

  constructor(private readonly logger: Logger) {}

  /** Records the errors of a request. Those that are the server's fault are logged with their stacks, at most five for each request. */
  note(errors: readonly Error[], correlationId: string, operationName?: string | null): void {
    let faults = 0;
    for (const error of errors) {
      this.#correlationIds.set(error, correlationId);
      const code = publicCodeOf(error);
      if (code === 'STORE_UNAVAILABLE') this.logger.warn({ correlationId, operationName, err: thrownError(error) }, 'The event store could not be reached');
      if (!isFault(code)) continue;
      faults += 1;
      if (faults <= MAX_FAULTS_LOGGED_EACH) this.logger.error({ correlationId, operationName, err: thrownError(error) }, 'A request failed');
    }
    if (faults > MAX_FAULTS_LOGGED_EACH) {
      this.logger.error({ correlationId, operationName, faults }, 'A request failed in more places than are written here');
    }
  }

  /** Logs that the sign-in provider did not answer. */
  signInUnavailable(error: Error, correlationId: string): void {
    this.logger.warn({ correlationId, err: error }, 'The sign-in provider could not be asked');
  }

  correlationIdOf(error: unknown): string | undefined {
    return error instanceof Error ? this.#correlationIds.get(error) : undefined;
  }
}

/** Sets the status, the content type and `x-position` of each GraphQL answer, counts it, and logs its faults. */
function createAnswerPlugin(faults: FaultLog, metrics: ServiceMetrics | null): ApolloServerPlugin<ServedContext> {
  const mistaken = new WeakSet<ServedContext>();
  const timed = ({ contextValue }: GraphQLRequestContext<ServedContext>): Promise<() => Promise<void>> => {
    const startedAt = performance.now();
    return Promise.resolve(() => {
      contextValue.served.worked(performance.now() - startedAt);
      return Promise.resolve();
    });
  };
  const listener: GraphQLRequestListener<ServedContext> = {
    parsingDidStart: timed,
    validationDidStart: timed,
    // Apollo Server calls this also when the named operation does not exist.
    didResolveOperation({ operation }: GraphQLRequestContext<ServedContext>) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw notAsked();
      return Promise.resolve();
    },
    didEncounterErrors({ errors, contextValue, operationName }) {
      faults.note(errors, contextValue.served.correlationId, operationName);
      if (errors.every(isInputMistake)) mistaken.add(contextValue);
      return Promise.resolve();
    },
    willSendResponse({ response, contextValue, operation }) {
      const { served } = contextValue;
      const isMutation = operation?.operation === OperationTypeNode.MUTATION;
      response.http.headers.set('x-position', served.positionSeen(isMutation));
      if (isMutation && contextValue.dryRun) addExtension(response, 'dryRun', { events: contextValue.dryRun() });
      const mediaType = negotiatedMediaType(served.accept);
      if (mediaType !== null) response.http.headers.set('content-type', `${mediaType}; charset=utf-8`);
      const codes = codesOf(response);
      metrics?.errorsAnswered(codes);
      if (operation !== undefined) metrics?.operationAnswered(operation.operation, (performance.now() - served.startedAt) / 1000);
      served.isPlainQuery = operation?.operation === OperationTypeNode.QUERY && response.body.kind === 'single' && response.body.singleResult.errors === undefined;
      const status = statusOfCodes(codes);
      if (status !== undefined) response.http.status = status;
      else if (operation?.operation === OperationTypeNode.SUBSCRIPTION) response.http.status = 400;
      else if (codes.some((code) => BEFORE_EXECUTION.includes(code)) || (mistaken.has(contextValue) && !hasData(response))) response.http.status = mediaType === JSON_TYPE ? 200 : 400;
      return Promise.resolve();
    },
  };
  return {
    requestDidStart: () => Promise.resolve(listener),
    unexpectedErrorProcessingRequest({ error, requestContext }) {
      faults.note([error], requestContext.contextValue.served.correlationId, requestContext.operationName ?? null);
      return Promise.resolve();
    },
  };
}

function addExtension({ body }: GraphQLResponse, name: string, value: object): void {
  if (body.kind === 'single') body.singleResult.extensions = { ...body.singleResult.extensions, [name]: value };
}

const hasData = ({ body }: GraphQLResponse): boolean => body.kind === 'single' && body.singleResult.data !== null && body.singleResult.data !== undefined;

function codesOf({ body }: GraphQLResponse): readonly string[] {
  if (body.kind !== 'single' || body.singleResult.errors === undefined) return [];
  return body.singleResult.errors.map(({ extensions }) => String(extensions?.['code']));
}

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly faults: FaultLog;
  /** Whether introspection is allowed. When it is not, errors do not suggest names of the schema either. */
  readonly introspection: boolean;
  readonly operations: PersistedOperations;
  /** Null when nothing is counted. */
  readonly metrics: ServiceMetrics | null;
}

/** Starts Apollo Server for the schema. It does not listen; `httpServer.ts` does. */
export async function startGraphqlServer(options: GraphqlServerOptions): Promise<ApolloServer<ServedContext>> {
  const { schema, logger, faults, introspection, operations, metrics } = options;
  const server = new ApolloServer<ServedContext>({
    schema,
    logger,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: { cache: operations.cache },
    stopOnTerminationSignals: false,
    documentStore: createDocumentStore(),
    parseOptions: { maxLexicalTokens: MAX_TOKENS },
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !introspection },
    formatError: (_formatted, error) => publicErrorOf(error, faults.correlationIdOf(error), introspection),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      createAnswerPlugin(faults, metrics),
    ],
  });
  await server.start();
  return server;
}
