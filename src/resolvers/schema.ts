import 'reflect-metadata';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
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
import { Subscriptions } from './subscriptions';
import { UserResolver } from './userResolver';
import { ViewerResolver } from './viewerResolver';
import { WebhookMutations } from './webhookMutations';
import { WebhookQueriesResolver, WebhookResolver } from './webhookResolver';

/** The whole GraphQL schema with its resolvers, for requests whose context is a `RequestContext`. */
export function buildApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AppQueries, HistoryQueries, HistoryEventResolver, UserHistoryResolver, ViewerResolver, AppResolver, UserResolver, AccountCentralResolver, AccountResolver, AppMutations, InvitationMutations, MemberMutations, ContactMutations, KeapIdMutations, ProofQueriesResolver, ProjectionDigestQueriesResolver,
      WebhookMutations, WebhookQueriesResolver, WebhookResolver, Subscriptions,
    ],
    orphanedTypes: [...membershipEventTypes],
    validate: false,
    pubSub: noTopics,
  });
  describeRoot(schema.getQueryType(), 'Everything that can be asked. Nothing here changes anything.');
  describeRoot(schema.getMutationType(), 'Everything that can be wished for. A wish that a rule forbids is answered with a refusal.');
  describeRoot(schema.getSubscriptionType(), 'Everything that can be followed. What is told can be read at once, and access is decided again each time: when it ends, so does the subscription.');
  return schema;
}

/** The schema as text, sorted and with descriptions, as `schema.graphql` holds it. */
export const printApiSchema = (): string => `${printSchema(lexicographicSortSchema(buildApiSchema()))}\n`;

const followedOtherwise = (): never => {
  throw new Error('Every subscription says itself what it follows; there are no topics.');
};

/** Asked for by the library as soon as there are subscriptions. */
const noTopics: PubSub = { publish: followedOtherwise, subscribe: followedOtherwise };

function describeRoot(root: { description?: string | null | undefined } | null | undefined, description: string): void {
  if (root) root.description = description;
}
