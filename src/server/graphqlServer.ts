import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { createAnswerPlugin, type FaultLog, type ServedContext } from './answerPlugin';
import { MAX_TOKENS } from './documentLimits';
import { createDocumentStore } from './documentStore';
import type { JitExecution } from './jitExecution';
import type { ServiceMetrics } from './metrics';
import type { PersistedOperations } from './persistedOperations';
import { publicErrorOf } from './publicErrors';

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly logger: Logger;
  readonly faults: FaultLog;
  /** Whether the schema can be asked for. Where it cannot, errors do not suggest names either. */
  readonly introspection: boolean;
  /** Compiled execution of repeated queries; graphql-js alone when null. */
  readonly jit: JitExecution | null;
  readonly operations: PersistedOperations;
  /** null: nothing is counted. */
  readonly metrics: ServiceMetrics | null;
  /** HTML for a browser that opens the GraphQL address; null for none. */
  readonly landingPage: string | null;
}

/** Apollo Server over the schema, started. It answers; `httpServer.ts` listens. */
export async function startGraphqlServer(options: GraphqlServerOptions): Promise<ApolloServer<ServedContext>> {
  const { schema, logger, faults, introspection, jit, landingPage, operations, metrics } = options;
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
    formatError: (_formatted, error) => publicErrorOf(error, faults.correlationIdOf(error), introspection),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      landingPage === null ? ApolloServerPluginLandingPageDisabled() : landingPagePlugin(landingPage),
      createAnswerPlugin(faults, metrics),
      ...(jit === null ? [] : [jit.plugin]),
    ],
  });
  await server.start();
  return server;
}

function landingPagePlugin(html: string): ApolloServerPlugin {
  const renderLandingPage = (): Promise<{ html: string }> => Promise.resolve({ html });
  return { serverWillStart: () => Promise.resolve({ renderLandingPage }) };
}
