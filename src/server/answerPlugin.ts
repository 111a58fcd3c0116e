import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener, GraphQLResponse } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { JSON_TYPE, negotiatedMediaType } from './mediaTypes';
import type { ServiceMetrics } from './metrics';
import { isFault, publicCodeOf, statusOfCodes, thrownError } from './publicErrors';
import type { RequestResources, ServedRequest } from './servedRequest';

/** The context that resolvers get, and the request that it belongs to. */
export interface ServedContext extends RequestResources {
  readonly served: ServedRequest;
}

const MAX_FAULTS_LOGGED_EACH = 5;
const BEFORE_EXECUTION = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'];

/** Which request an error came up in, for the text that replaces it. */
export class FaultLog {
  readonly #correlationIds = new WeakMap<Error, string>();

  constructor(private readonly logger: Logger) {}

  /** Notes the errors of a request, and writes those that are the server's fault to the log, with their stacks. */
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

  /** Notes that a token could not be checked. */
  signInUnavailable(error: Error, correlationId: string): void {
    this.logger.warn({ correlationId, err: error }, 'The sign-in provider could not be asked');
  }

  correlationIdOf(error: unknown): string | undefined {
    return error instanceof Error ? this.#correlationIds.get(error) : undefined;
  }
}

/** Gives each GraphQL answer its status, its content type and `x-position`, and each fault its place in the log. */
export function createAnswerPlugin(faults: FaultLog, metrics: ServiceMetrics | null): ApolloServerPlugin<ServedContext> {
  const listener: GraphQLRequestListener<ServedContext> = {
    // Called also where the operation that is named is not there.
    didResolveOperation({ operation }: GraphQLRequestContext<ServedContext>) {
      if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw noSubscriptions();
      return Promise.resolve();
    },
    didEncounterErrors({ errors, contextValue, operationName }) {
      faults.note(errors, contextValue.served.correlationId, operationName);
      return Promise.resolve();
    },
    willSendResponse({ response, contextValue, operation }) {
      const { served } = contextValue;
      const isMutation = operation?.operation === OperationTypeNode.MUTATION;
      response.http.headers.set('x-position', served.positionSeen(isMutation));
      if (isMutation && contextValue.tried) addExtension(response, 'dryRun', { events: contextValue.tried() });
      const mediaType = negotiatedMediaType(served.accept);
      if (mediaType !== null) response.http.headers.set('content-type', `${mediaType}; charset=utf-8`);
      const codes = codesOf(response);
      metrics?.errorsAnswered(codes);
      if (operation !== undefined) metrics?.operationAnswered(operation.operation, (performance.now() - served.startedAt) / 1000);
      const status = statusOfCodes(codes);
      if (status !== undefined) response.http.status = status;
      else if (codes.some((code) => BEFORE_EXECUTION.includes(code))) response.http.status = mediaType === JSON_TYPE ? 200 : 400;
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

const noSubscriptions = (): GraphQLError =>
  new GraphQLError('This server answers queries and mutations, and no subscriptions.', { extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } } });

function addExtension({ body }: GraphQLResponse, name: string, value: object): void {
  if (body.kind === 'single') body.singleResult.extensions = { ...body.singleResult.extensions, [name]: value };
}

function codesOf({ body }: GraphQLResponse): readonly string[] {
  if (body.kind !== 'single' || body.singleResult.errors === undefined) return [];
  return body.singleResult.errors.map(({ extensions }) => String(extensions?.['code']));
}
