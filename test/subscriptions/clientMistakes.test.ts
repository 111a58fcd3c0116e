import { createHash } from 'node:crypto';
import { codesOf, Following, WAYS } from '../support/following';
import { TestService } from '../support/testService';

const MISTAKES: Readonly<Record<string, { readonly query: string; readonly variables: Record<string, unknown> }>> = {
  'null for an argument that needs a value': { query: 'subscription ($appId: ID! = "gx624") { appUsersChanged(appId: $appId) { position } }', variables: { appId: null } },
  'null through a default': { query: 'subscription ($appId: ID = "gx624") { appUsersChanged(appId: $appId) { position } }', variables: { appId: null } },
  'an input field of the wrong type': { query: 'subscription ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { position } }', variables: { filter: { appId: { x: 1 } } } },
  'null for the condition of a field': { query: 'subscription ($b: Boolean = true) { accountCentralChanged { accounts @include(if: $b) { totalCount } } }', variables: { b: null } },
};

describe.each(WAYS)('a subscription over %s with a client\'s mistake', (way) => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());

  it.each(Object.entries(MISTAKES))('is answered with BAD_USER_INPUT: %s', async (_mistake, operation) => {
    const olivia = await service.as('olivia@keap.example');
    const following = new Following(way, olivia, operation);
    await following.when(() => following.error !== null || following.messages.length > 0);
    following.stop();
    expect([following.messages, codesOf(following.error)]).toEqual([[], ['BAD_USER_INPUT']]);
  });
});

describe('a subscription over a WebSocket with a document id', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.close());

  it('starts once its text was sent before', async () => {
    const olivia = await service.as('olivia@keap.example');
    const query = 'subscription { accountCentralChanged { accounts { totalCount } } }';
    const documentId = `sha256:${createHash('sha256').update(query).digest('hex')}`;
    for (const text of [query, '']) {
      const following = new Following('WebSocket', olivia, { query: text, documentId } as { query: string });
      expect(await following.until(1)).toHaveLength(1);
      following.stop();
    }
  });
});
