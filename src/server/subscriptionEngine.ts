import { createSourceEventStream, execute, GraphQLError, OperationTypeNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql';
import type { RequestTrace } from '../application/caller';
import type { SubscriptionSettings } from '../settings/subscriptionSettings';
import type { FaultLog } from './answerPlugin';
import { SignInError } from './bearerSignIn';
import { LiveOperation } from './liveOperation';
import type { ServiceMetrics } from './metrics';
import { publicCodeOf, publicErrorOf } from './publicErrors';
import { PublicGraphqlError } from './publicGraphqlError';
import type { ContextFactory, ReadProgress, RequestResources } from './servedRequest';
import type { SubscriberSession } from './subscriberSession';
import type { ReadOperation, SubscriptionDocuments } from './subscriptionDocument';
import { SubscriptionSlots } from './subscriptionSlots';

export interface SubscriptionEngineParts {
  readonly schema: GraphQLSchema;
  readonly documents: SubscriptionDocuments;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly faults: FaultLog;
  readonly metrics: ServiceMetrics | null;
  readonly settings: SubscriptionSettings;
  /** Whether errors may name what the schema has instead of an unknown name. */
  readonly introspection: boolean;
}

/** Why something is not followed, as the outside sees it. */
export type Refusal = readonly PublicGraphqlError[];

/** Opens what is followed, whichever way its messages go. */
export class SubscriptionEngine {
  readonly #slots: SubscriptionSlots;

  constructor(private readonly parts: SubscriptionEngineParts) {
    const { subscriptionsPerPerson, subscriptionsPerProcess } = parts.settings;
    this.#slots = new SubscriptionSlots('subscriptions', subscriptionsPerPerson, subscriptionsPerProcess);
  }

  get schema(): GraphQLSchema {
    return this.parts.schema;
  }

  /** Reads what is to be followed. @returns the errors where it cannot be executed. */
  read(parameters: unknown): Promise<ReadOperation | readonly GraphQLError[]> {
    return this.parts.documents.read(parameters);
  }

  /**
   * Opens the subscription for who is signed in. Whoever gets it takes its messages, or ends it.
   * @param onEnded called once: when it has ended, or at once where it is refused.
   */
  async open(operation: ReadOperation, session: SubscriberSession, onEnded: () => void): Promise<LiveOperation | Refusal> {
    const { correlationId } = session.trace;
    let giveBackSlot = (): void => undefined;
    const giveBack = (): void => {
      giveBackSlot();
      onEnded();
    };
    const refused = (errors: readonly unknown[]): Refusal => {
      giveBack();
      return this.#shown(errors, correlationId, operation.operationName);
    };
    if (operation.type !== OperationTypeNode.SUBSCRIPTION) return refused([badRequest('Only subscriptions are followed. Send queries and mutations by POST, and accept application/json.')]);
    const slot = this.#slots.take(session.subject);
    if (typeof slot === 'string') return refused([tooMany(slot)]);
    giveBackSlot = slot;
    try {
      const opened = await this.#source(operation, session);
      return 'errors' in opened ? refused(opened.errors.map(withCode)) : this.#live(operation, session, opened, giveBack);
    } catch (error) {
      return refused([signInErrorOf(error)]);
    }
  }

  /** Errors as the outside sees them; they are counted. */
  refusal(errors: readonly GraphQLError[], { correlationId }: RequestTrace): Refusal {
    return this.#shown(errors, correlationId);
  }

  async #source(operation: ReadOperation, session: SubscriberSession): Promise<OpenedSource | { readonly errors: readonly GraphQLError[] }> {
    const startedAt = performance.now();
    const context = await this.#contextOf(session);
    const letGo = (): void => { for (const dispose of context.disposables) dispose(); };
    try {
      const source = await createSourceEventStream(this.#execution(operation, context));
      if (!(Symbol.asyncIterator in source)) {
        letGo();
        return { errors: source.errors ?? [] };
      }
      this.parts.metrics?.operationAnswered('subscription', (performance.now() - startedAt) / 1000);
      return { source, letGo };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  #live(operation: ReadOperation, session: SubscriberSession, { source, letGo }: OpenedSource, giveBack: () => void): LiveOperation {
    const { metrics, settings } = this.parts;
    const { correlationId } = session.trace;
    const closed = metrics?.subscriptionOpened();
    return new LiveOperation({
      source,
      stallMs: settings.subscriptionStallMs,
      answer: async (told) => {
        const { errors, ...result } = await this.#answer(operation, session, told);
        metrics?.subscriptionMessage();
        return errors === undefined ? result : { ...result, errors: this.#shown(errors, correlationId, operation.operationName) };
      },
      failure: (error) => ({ errors: this.#shown([signInErrorOf(error)], correlationId, operation.operationName) }),
      onClosed: () => {
        letGo();
        giveBack();
        closed?.();
      },
    });
  }

  /** A context of its own for each message: who it is, and what they may see, is asked again. */
  async #answer(operation: ReadOperation, session: SubscriberSession, told: unknown): Promise<ExecutionResult> {
    const context = await this.#contextOf(session);
    try {
      return await execute({ ...this.#execution(operation, context), rootValue: told });
    } finally {
      for (const dispose of context.disposables) dispose();
    }
  }

  async #contextOf(session: SubscriberSession): Promise<RequestResources> {
    const { createContext, progress } = this.parts;
    return createContext({
      identity: await session.identity(),
      trace: session.trace,
      dryRun: false,
      waitFor: (position, timeoutMs) => progress.waitFor(position, timeoutMs),
    });
  }

  #execution({ document, variables, operationName }: ReadOperation, contextValue: RequestResources): ExecutionArgs {
    return { schema: this.parts.schema, document, contextValue, variableValues: variables, operationName };
  }

  #shown(errors: readonly unknown[], correlationId: string, operationName?: string | null): Refusal {
    const shown = errors.map((error) => this.#shownError(error, correlationId, operationName));
    this.parts.metrics?.errorsAnswered(shown.map(({ extensions }) => String(extensions['code'])));
    return shown;
  }

  #shownError(given: unknown, correlationId: string, operationName?: string | null): PublicGraphqlError {
    const error = given instanceof Error ? given : new Error(String(given));
    this.parts.faults.note([error], correlationId, operationName);
    return new PublicGraphqlError(publicErrorOf(error, correlationId, this.parts.introspection));
  }
}

interface OpenedSource {
  readonly source: AsyncIterable<unknown>;
  readonly letGo: () => void;
}

const badRequest = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** One more than there may be. */
export const tooMany = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'TOO_MANY_REQUESTS' } });

/** What graphql-js says of variables has no code. */
const withCode = (error: GraphQLError): GraphQLError =>
  error.originalError === undefined && publicCodeOf(error) === 'INTERNAL_SERVER_ERROR' ? badRequest(error.message) : error;

/** A token that counts no more ends what is followed with it. */
export const signInErrorOf = (error: unknown): unknown =>
  error instanceof SignInError ? new GraphQLError(`${error.message} Sign in again, and subscribe again.`, { extensions: { code: 'UNAUTHENTICATED' } }) : error;
