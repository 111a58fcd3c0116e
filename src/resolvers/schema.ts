import 'reflect-metadata';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AccountCentralResolver } from './accountCentralResolver';
import { AccountResolver } from './accountResolver';
import { AppMutations } from './appMutations';
import { AppQueries } from './appQueries';
import { AppResolver } from './appResolver';
import { ContactMutations } from './contactMutations';
import { membershipEventTypes } from './historyEventTypes';
import { HistoryEventResolver, HistoryQueries, UserHistoryResolver } from './historyResolver';
import { InvitationMutations } from './invitationMutations';
import { KeapIdMutations } from './keapIdMutations';
import { MemberMutations } from './memberMutations';
import { ProjectionDigestQueriesResolver } from './projectionDigestResolver';
import { ProofQueriesResolver } from './proofResolver';
import { UserResolver } from './userResolver';
import { ViewerResolver } from './viewerResolver';
import { WebhookMutations } from './webhookMutations';
import { WebhookQueriesResolver, WebhookResolver } from './webhookResolver';

/** The whole GraphQL schema with its resolvers, for requests whose context is a `RequestContext`. */
export function buildApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AppQueries, HistoryQueries, HistoryEventResolver, UserHistoryResolver, ViewerResolver, AppResolver, UserResolver, AccountCentralResolver, AccountResolver, AppMutations, InvitationMutations, MemberMutations, ContactMutations, KeapIdMutations, ProofQueriesResolver, ProjectionDigestQueriesResolver,
      WebhookMutations, WebhookQueriesResolver, WebhookResolver,
    ],
    orphanedTypes: [...membershipEventTypes],
    validate: false,
  });
  describeRoot(schema.getQueryType(), 'Everything that can be asked. Nothing here changes anything.');
  describeRoot(schema.getMutationType(), 'Everything that can be wished for. A wish that a rule forbids is answered with a refusal.');
  return schema;
}

/** The schema as text, sorted and with descriptions, as `schema.graphql` holds it. */
export const printApiSchema = (): string => `${printSchema(lexicographicSortSchema(buildApiSchema()))}\n`;

function describeRoot(root: { description?: string | null | undefined } | null | undefined, description: string): void {
  if (root) root.description = description;
}
