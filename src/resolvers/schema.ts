import 'reflect-metadata';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { AccountCentralResolver, AccountResolver, ViewerResolver } from './account/resolver';
import { AppMutations } from './app/mutations';
import { AppQueries, AppResolver } from './app/resolver';
import { ContactMutations } from './contacts/mutations';
import { membershipEventTypes } from './history/types';
import { ActorResolver, HistoryEventResolver, HistoryQueries, UserHistoryResolver } from './history/resolver';
import { PeriodOfAccessResolver, PeriodQueries } from './period/resolver';
import { NodeQueries } from './node';
import { InvitationResolver } from './invitation/resolver';
import { InvitationMutations } from './invitation/mutations';
import { KeapIdMutations } from './account/mutations';
import { MemberMutations } from './user/mutations';
import { ProjectionDigestQueriesResolver, ProofQueriesResolver } from './proofs/resolver';
import { AccessReviewMutations } from './review/mutations';
import { AccessReviewDifferenceResolver, AccessReviewDifferencesResolver, AccessReviewItemResolver, AccessReviewQueriesResolver, AccessReviewResolver } from './review/resolver';
import { Subscriptions } from './subscriptions';
import { UserResolver } from './user/resolver';
import { WebhookMutations } from './webhook/mutations';
import { WebhookQueriesResolver, WebhookResolver } from './webhook/resolver';

let built: GraphQLSchema | undefined;
let printed: string | undefined;

/** Returns the GraphQL schema with its resolvers, which the first call builds. The context of each request must be a `RequestContext`. */
export const buildApiSchema = (): GraphQLSchema => (built ??= newApiSchema());

function newApiSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AppQueries, NodeQueries, InvitationResolver, HistoryQueries, HistoryEventResolver, ActorResolver, UserHistoryResolver, PeriodQueries, PeriodOfAccessResolver, ViewerResolver, AppResolver, UserResolver, AccountCentralResolver, AccountResolver, AppMutations, InvitationMutations, MemberMutations, ContactMutations, KeapIdMutations, ProofQueriesResolver, ProjectionDigestQueriesResolver,
      AccessReviewQueriesResolver, AccessReviewResolver, AccessReviewItemResolver, AccessReviewDifferencesResolver, AccessReviewDifferenceResolver, AccessReviewMutations, WebhookMutations, WebhookQueriesResolver, WebhookResolver, Subscriptions,
    ],
    orphanedTypes: [...membershipEventTypes],
    validate: false,
    // A test makes this check, which takes longer than everything else here.
    skipCheck: true,
    pubSub: noTopics,
  });
  describeRoot(schema.getQueryType(), 'Queries. They never change data.');
  describeRoot(schema.getMutationType(), 'Mutations. Each returns a union: its success type, or a type that implements `UserError` when a rule refuses it.');
  describeRoot(schema.getSubscriptionType(), 'Subscriptions. Data in a message can be queried immediately. Access is checked again for every message, and the subscription ends when access ends.');
  return schema;
}

/** Returns the schema as sorted text with descriptions, as stored in `schema.graphql`. */
export const printApiSchema = (): string => (printed ??= `${printSchema(lexicographicSortSchema(buildApiSchema()))}\n`);

const unsupported = (): never => {
  throw new Error('Subscriptions have their own streams; there are no topics to publish to.');
};

/** The library requires a PubSub as soon as the schema has subscriptions, even when none uses topics. */
const noTopics: PubSub = { publish: unsupported, subscribe: unsupported };

function describeRoot(root: { description?: string | null | undefined } | null | undefined, description: string): void {
  if (root) root.description = description;
}
