import { createSourceEventStream, execute, type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { RequestTrace } from '../../application/commandTypes';
import type { SubscriptionSettings } from '../../settings/settings';
import type { FaultLog } from '../graphql/apollo';
import { SignInError } from '../auth/signIn';
import { LiveOperation } from './operation';
import type { ServiceMetrics } from '../metrics';
import { PRICES } from '../graphql/price';
import { type Overload, OVERLOADED } from '../work/overload';
import { callerKey, type Caller, type RequestWork, WorkCharge } from '../work/requestWork';
import { publicCodeOf, publicErrorOf, PublicGraphqlError } from '../publicErrors';
import type { ContextFactory, ReadProgress, RequestResources, WorkMeter } from '../graphql/request';
import type { ReadOperation, SubscriberSession, SubscriptionDocuments } from './session';

/** A quota per person and in total. */
export class SubscriptionSlots {
  readonly #byPerson = new Map<string, number>();
  #open = 0;

  /** @param what plural noun for the message of a refusal. */
  constructor(
    private readonly what: string,
    private readonly perPerson: number,
    private readonly together: number,
  ) {}

  /** Takes a slot. @returns an idempotent function that releases it, or the message of the refusal. */
  take(person: string): (() => void) | string {
    const own = this.#byPerson.get(person) ?? 0;
    if (own >= this.perPerson) return `One person may have ${this.perPerson.toLocaleString('en')} ${this.what} at once. Close one first.`;
    if (this.#open >= this.together) return `This server has ${this.together.toLocaleString('en')} ${this.what} open, its limit. Try again later.`;
    this.#byPerson.set(person, own + 1);
    this.#open += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#open -= 1;
      const left = (this.#byPerson.get(person) ?? 1) - 1;
      if (left === 0) this.#byPerson.delete(person);
      else this.#byPerson.set(person, left);
    };
  }
}

export interface SubscriptionEngineParts {
  readonly schema: GraphQLSchema;
  readonly documents: SubscriptionDocuments;
  readonly createContext: ContextFactory;
  readonly progress: ReadProgress;
  readonly faults: FaultLog;
  readonly metrics: ServiceMetrics | null;
  readonly settings: SubscriptionSettings;
  readonly work: RequestWork;
  readonly overload: Overload;
  /** Whether errors may suggest similar names of the schema. */
  readonly introspection: boolean;
}

/** The public errors of a refused subscription. */
export type Refusal = readonly PublicGraphqlError[];

/** Opens subscriptions, independent of the transport. */
export class SubscriptionEngine {
  readonly #slots: SubscriptionSlots;

  constructor(private readonly parts: SubscriptionEngineParts) {
    const { subscriptionsPerPerson, subscriptionsPerProcess } = parts.settings;
    this.#slots = new SubscriptionSlots('subscriptions', subscriptionsPerPerson, subscriptionsPerProcess);
  }

  get schema(): GraphQLSchema {
    return this.parts.schema;
  }

  /** Parses and validates an operation, and charges the caller for it. @returns the operation, or the errors why it cannot be executed. */
  async read(parameters: unknown, caller: Caller): Promise<ReadOperation | readonly GraphQLError[]> {
    const { work, documents } = this.parts;
    const over = work.usedUp(caller);
    if (over !== null) return [tooMany(over.message)];
    const startedAt = performance.now();
    const read = await documents.read(parameters);
    work.spendBusy(caller, performance.now() - startedAt);
    return read;
  }

  /**
   * Opens a subscription for the signed-in person. The caller has to take its messages or end it.
   * @param onEnded called once: when it has ended, or at once when it is refused.
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
    if (operation.type !== OperationTypeNode.SUBSCRIPTION) return refused([badRequest('Only subscriptions are accepted here. Send queries and mutations by POST with "accept: application/json".')]);
    const { work, overload } = this.parts;
    const caller = callerKey(session.caller);
    if (overload.refuses(caller, work.left(session.caller)) > 0 || (await overload.turn(caller)) > 0) {
      return refused([new GraphQLError(OVERLOADED.message, { extensions: { code: OVERLOADED.code } })]);
    }
    const { price } = operation;
    const charge = work.open(session.caller, price);
    if (!(charge instanceof WorkCharge)) return refused([tooMany(charge.message)]);
    charge.add(price.ms - price.fixedMs);
    charge.settle();
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

  /** Converts errors to public ones and counts them. */
  refusal(errors: readonly GraphQLError[], { correlationId }: RequestTrace): Refusal {
    return this.#shown(errors, correlationId);
  }

  async #source(operation: ReadOperation, session: SubscriberSession): Promise<OpenedSource | { readonly errors: readonly GraphQLError[] }> {
    const startedAt = performance.now();
    const { work } = this.parts;
    const context = await this.#contextOf(session, {
      worked: (ms) => { work.spendBusy(session.caller, ms); },
      measured: (step) => work.spendMeasured(session.caller, step),
      take: () => undefined,
    });
    const release = (): void => { for (const dispose of context.disposables) dispose(); };
    try {
      const source = await createSourceEventStream(this.#execution(operation, context));
      if (!(Symbol.asyncIterator in source)) {
        release();
        return { errors: source.errors ?? [] };
      }
      this.parts.metrics?.operationAnswered('subscription', (performance.now() - startedAt) / 1000);
      return { source, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #live(operation: ReadOperation, session: SubscriberSession, { source, release }: OpenedSource, giveBack: () => void): LiveOperation {
    const { metrics, settings } = this.parts;
    const { correlationId } = session.trace;
    const closed = metrics?.subscriptionOpened();
    return new LiveOperation({
      source,
      stallMs: settings.subscriptionStallMs,
      answer: async (told) => {
        await this.parts.work.turnOf(session.caller);
        const { errors, ...result } = await this.#answer(operation, session, told);
        metrics?.subscriptionMessage();
        return errors === undefined ? result : { ...result, errors: this.#shown(errors, correlationId, operation.operationName) };
      },
      failure: (error) => ({ errors: this.#shown([signInErrorOf(error)], correlationId, operation.operationName) }),
      onClosed: () => {
        release();
        giveBack();
        closed?.();
      },
    });
  }

  /** Executes with a new context for each message, so that identity and permissions are checked again. */
  async #answer(operation: ReadOperation, session: SubscriberSession, told: unknown): Promise<ExecutionResult> {
    const { work } = this.parts;
    const meter = work.meter();
    let context: RequestResources | undefined;
    try {
      context = await this.#contextOf(session, {
        worked: (ms) => { work.spendBusy(session.caller, ms, meter); },
        measured: (step) => step(),
        take: () => undefined,
      });
      return await execute({ ...this.#execution(operation, context), rootValue: told });
    } finally {
      for (const dispose of context?.disposables ?? []) dispose();
      work.spend(session.caller, PRICES.message + meter.end());
    }
  }

  async #contextOf(session: SubscriberSession, meter: WorkMeter): Promise<RequestResources> {
    const { createContext, progress } = this.parts;
    return createContext({
      identity: await session.identity(),
      trace: session.trace,
      dryRun: false,
      waitFor: (position, timeoutMs) => progress.waitFor(position, timeoutMs),
      meter,
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
  readonly release: () => void;
}

const badRequest = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

/** The error of an exceeded quota. */
export const tooMany = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'TOO_MANY_REQUESTS' } });

/** Adds a code to errors about variables, to which graphql-js gives none. */
const withCode = (error: GraphQLError): GraphQLError =>
  error.originalError === undefined && publicCodeOf(error) === 'INTERNAL_SERVER_ERROR' ? badRequest(error.message) : error;

/** The error that ends a subscription whose token has expired or was revoked; any other error unchanged. */
const signInErrorOf = (error: unknown): unknown =>
  error instanceof SignInError ? new GraphQLError(`${error.message} Sign in again, and subscribe again.`, { extensions: { code: 'UNAUTHENTICATED' } }) : error;
