import type { DocumentNode } from 'graphql';

/**
 * A GraphQL document that knows the type of its result and of its variables. It has the shape of `TypedDocumentNode` from
 * `@graphql-typed-document-node/core`, so that Apollo Client, urql and other clients infer both types.
 */
export interface TypedDocumentNode<Result, Variables> extends DocumentNode {
  /** Carries the types. It does not exist at run time. */
  __apiType?: (variables: Variables) => Result;
}

/** The type of a document's result. */
export type ResultOf<Document> = Document extends TypedDocumentNode<infer Result, never> ? Result : never;

/** The type of a document's variables. */
export type VariablesOf<Document> = Document extends TypedDocumentNode<unknown, infer Variables> ? Variables : never;
