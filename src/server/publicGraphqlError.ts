import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** An error that is written as the outside sees it, also where a library does the writing. */
export class PublicGraphqlError extends GraphQLError {
  constructor(private readonly shown: GraphQLFormattedError) {
    super(shown.message, { extensions: shown.extensions ?? {} });
  }

  override toJSON(): GraphQLFormattedError {
    return this.shown;
  }
}
