import { getOperationAST, GraphQLError, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema, type OperationTypeNode } from 'graphql';
import type { DocumentGate } from './documentGate';
import { MAX_TOKENS } from './documentLimits';
import { createDocumentStore } from './documentStore';
import type { PersistedOperations } from './persistedOperations';

/** An operation that may be executed. */
export interface ReadOperation {
  readonly type: OperationTypeNode;
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

const MAX_VALIDATION_ERRORS = 20;

const refused = (code: string, message: string): readonly GraphQLError[] => [new GraphQLError(message, { extensions: { code } })];

/** Reads what is to be followed, within the same limits as everything else that is asked. */
export class SubscriptionDocuments {
  readonly #valid = createDocumentStore();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly gate: DocumentGate,
    private readonly operations: PersistedOperations,
    private readonly introspection: boolean,
  ) {}

  /** @param parameters `query`, `variables`, `operationName`, `extensions`, as they came. @returns the errors where it cannot be executed. */
  async read(parameters: unknown): Promise<ReadOperation | readonly GraphQLError[]> {
    const problem = this.gate.problemIn(parameters);
    if (problem !== null) return refused('BAD_USER_INPUT', problem);
    const { source, hash, variables, operationName } = this.gate.asked(parameters);
    if (source === undefined) return hash === null ? refused('BAD_USER_INPUT', '"query" must be the text of an operation.') : refused('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
    const document = (await this.#valid.get(source)) ?? this.#validated(source);
    if (!isDocument(document)) return document;
    await this.#valid.set(source, document);
    if (hash !== null) await this.operations.cache.set(hash, source);
    const operation = getOperationAST(document, operationName);
    if (!operation) return refused('BAD_USER_INPUT', '"operationName" must name one of the operations of the document, where it has several.');
    return { type: operation.operation, document, operationName, variables };
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
