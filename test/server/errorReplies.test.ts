import { GRAPHQL_RESPONSE_TYPE as graphql, JSON_TYPE as json, negotiatedMediaType } from '../../src/server/errorReplies';

describe('the media type of an answer', () => {
  it.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['application/*', json],
    ['application/json', json],
    ['APPLICATION/JSON; charset=utf-8', json],
    ['application/graphql-response+json', graphql],
    ['application/graphql-response+json, application/json', graphql],
    ['application/json, application/graphql-response+json', json],
    ['application/graphql-response+json;charset=utf-8, application/json;charset=utf-8', graphql],
    ['application/graphql-response+json;q=0.5, application/json', json],
    ['application/json;q=0.4, application/graphql-response+json;q=0.5', graphql],
    ['application/graphql-response+json, */*', graphql],
    ['text/html, */*;q=0.1', json],
    ['application/json;q=0, */*', graphql],
    ['application/json;q=nonsense, application/graphql-response+json;q=0.1', graphql],
    ['text/html', null],
    ['application/json;q=0', null],
  ])('for %p is %p', (accept, expected) => {
    expect(negotiatedMediaType(accept)).toBe(expected);
  });
});
