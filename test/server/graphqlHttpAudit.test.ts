import { serverAudits } from 'graphql-http';
import { TestService } from '../support/testService';

/** Audits begin with how binding the specification is: MUST, SHOULD, MAY. */
const url = { current: '' };
const audits = serverAudits({
  url: () => `${url.current}/graphql`,
  // Requests without a body are answered only to who could not be a foreign page; a browser asks the server before it sends this header.
  fetchFn: (address: string, init?: RequestInit) => {
    const headers = new Headers(init?.headers);
    if (!headers.has('content-type')) headers.set('apollo-require-preflight', 'true');
    return fetch(address, { ...init, headers });
  },
});

describe('GraphQL over HTTP, by the audits of graphql-http', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start();
    url.current = service.url;
  });
  afterAll(() => service.close());

  it.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (name, audit) => {
    const result = await audit.fn();
    const reason = result.status === 'ok' ? '' : result.reason;
    if (name.startsWith('MAY')) expect(['ok', 'notice']).toContain(result.status);
    else expect([result.status, reason]).toEqual(['ok', '']);
  });

  it('hold for more than a few', () => {
    expect(audits.filter(({ name }) => /^(MUST|SHOULD)/.test(name)).length).toBeGreaterThan(30);
  });
});
