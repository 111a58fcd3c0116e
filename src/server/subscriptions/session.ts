import type { RequestTrace } from '../../application/commandTypes';
import { type Identity, type SignIn, SignInError, SignInUnavailable } from '../auth/signIn';
import { type DocumentNode, getOperationAST, GraphQLError, type GraphQLSchema, type OperationTypeNode, parse, specifiedRules, validate } from 'graphql';
import { createDocumentStore, type DocumentAdmission, type PersistedOperations } from '../graphql/documents';
import { MAX_TOKENS } from '../graphql/cost';
import type { DocumentPrice } from '../graphql/price';
import type { Caller } from '../work/requestWork';

/** How often a token that has not expired is checked for revocation. */
const CHECK_MS = 30_000;
const SOON_MS = 50;

/** The sign-in of a subscriber, which is checked again while subscriptions are open. */
export class SubscriberSession {
  private endsAtMs: number;
  readonly #watchers = new Set<(error: SignInError) => void>();

  private constructor(
    private readonly signIn: SignIn,
    private readonly authorization: string,
    private known: Identity,
    /** Facts about the request, which are recorded on events. */
    readonly trace: RequestTrace,
  ) {
    this.endsAtMs = signIn.endOf(authorization) ?? Infinity;
  }

  /** Signs in. @throws SignInError, SignInUnavailable */
  static async open(signIn: SignIn, authorization: string, trace: RequestTrace): Promise<SubscriberSession> {
    const identity = await signIn.authenticate(authorization);
    if (identity === null) throw new SignInError('The authorization header must be "Bearer TOKEN".');
    return new SubscriberSession(signIn, authorization, identity, trace);
  }

  /** Whose budget the work of the subscriptions is charged to. */
  get caller(): Caller {
    return { identity: this.known, address: this.trace.clientAddress };
  }

  /** The token's `sub`. */
  get subject(): string {
    return this.known.sub;
  }

  /** The current identity; the last known one while the provider cannot be reached. @throws SignInError when the token has expired or was revoked. */
  async identity(): Promise<Identity> {
    try {
      return await this.#checkedIdentity();
    } catch (error) {
      // Watchers learn of it before anybody can answer with the error, which clients would take as the end of the subscription.
      if (error instanceof SignInError) for (const onEnd of [...this.#watchers]) onEnd(error);
      throw error;
    }
  }

  async #checkedIdentity(): Promise<Identity> {
    try {
      this.known = (await this.signIn.authenticate(this.authorization)) ?? this.known;
      this.endsAtMs = this.signIn.endOf(this.authorization) ?? this.endsAtMs;
    } catch (error) {
      if (!(error instanceof SignInUnavailable)) throw error;
      if (Date.now() >= this.endsAtMs) throw new SignInError('The token has expired.');
    }
    return this.known;
  }

  /** Calls back once, when the token has expired or was revoked: when somebody asks for the identity, or within 30 s. @returns a function that stops watching. */
  watch(onEnd: (error: SignInError) => void): () => void {
    let timer: NodeJS.Timeout;
    let ended = false;
    const stop = (): void => {
      ended = true;
      this.#watchers.delete(told);
      clearTimeout(timer);
    };
    const told = (error: SignInError): void => {
      stop();
      onEnd(error);
    };
    const check = (): void => {
      const next = (): void => { if (!ended) again(); };
      this.identity().then(next, next);
    };
    const again = (): void => {
      timer = setTimeout(check, Math.max(SOON_MS, Math.min(CHECK_MS, this.endsAtMs - Date.now())));
      timer.unref();
    };
    again();
    this.#watchers.add(told);
    return stop;
  }
}

/** A parsed and validated operation. */
export interface ReadOperation {
  readonly type: OperationTypeNode;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly price: DocumentPrice;
}

const MAX_VALIDATION_ERRORS = 20;

const refused = (code: string, message: string): readonly GraphQLError[] => [new GraphQLError(message, { extensions: { code } })];

/** Parses and validates the documents of subscriptions, within the limits of every request. */
export class SubscriptionDocuments {
  readonly #valid = createDocumentStore();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly admission: DocumentAdmission,
    private readonly operations: PersistedOperations,
    private readonly introspection: boolean,
  ) {}

  /** @param parameters `query`, `variables`, `operationName` and `extensions` as received. @returns the operation, or the errors why it cannot be executed. */
  async read(parameters: unknown): Promise<ReadOperation | readonly GraphQLError[]> {
    const price = this.admission.priceOf(parameters);
    if (typeof price === 'string') return refused('BAD_USER_INPUT', price);
    const { source, hash, variables, operationName } = this.admission.asked(parameters);
    if (source === undefined) return hash === null ? refused('BAD_USER_INPUT', '"query" must be the text of an operation.') : refused('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
    const document = (await this.#valid.get(source)) ?? this.#validated(source);
    if (!isDocument(document)) return document;
    await this.#valid.set(source, document);
    if (hash !== null) await this.operations.cache.set(hash, source);
    const operation = getOperationAST(document, operationName);
    if (!operation) return refused('BAD_USER_INPUT', '"operationName" must name an operation of the document, because it has several.');
    return { type: operation.operation, document, operationName, variables, price };
  }

  #validated(source: string): DocumentNode | readonly GraphQLError[] {
    let document: DocumentNode;
    try {
      document = parse(source, { maxTokens: MAX_TOKENS });
    } catch (error) {
      return refused('GRAPHQL_PARSE_FAILED', error instanceof Error ? error.message : String(error));
    }
    const errors = validate(this.schema, document, specifiedRules, { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !this.introspection });
    return errors.length === 0 ? document : errors.map(({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }));
  }
}

const isDocument = (read: DocumentNode | readonly GraphQLError[]): read is DocumentNode => 'kind' in read;
