import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

describe('the page of an invitation', () => {
  const given = new GivenConsole();
  let owner: Person;
  beforeAll(async () => {
    owner = await given.service.as('olivia@keap.example');
  });

  let people = 0;
  /** An open invitation to the demonstration's app. */
  async function invite(): Promise<{ keapId: string; invitationId: string; token: string }> {
    people += 1;
    const keapId = `guest${people}@partner.example`;
    const { invitation } = await owner.mutate('invitePartner', { appId: 'gx624', keapId, role: 'STANDARD' }, 'invitation { invitationId developmentToken }');
    return { keapId, invitationId: invitation.invitationId, token: invitation.developmentToken };
  }
  async function open(token: string): Promise<ConsolePage> {
    const tab = await given.tab();
    await tab.page.goto(`${given.service.url}/invitation#${token}`);
    return tab;
  }
  async function signIn({ page }: ConsolePage, keapId: string): Promise<void> {
    await page.getByLabel('Keap ID').fill(keapId);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  it('says who invites to what, accepts after the sign-in, and leads on', async () => {
    const { keapId, token } = await invite();
    const tab = await given.tab();
    const asked: string[] = [];
    tab.page.on('request', (request) => asked.push(request.url(), request.headers()['referer'] ?? ''));
    await tab.page.goto(`${given.service.url}/invitation#${token}`);
    const { page } = tab;
    await tab.heading('Invitation to gx624 Keap Pro Recording').waitFor();
    await page.getByText('Olivia Owner invites you to gx624 Keap Pro Recording.').waitFor();
    await page.getByText('Partner, with the role Standard').waitFor();
    expect(await page.locator('time').textContent()).toMatch(/\d{4}/);
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Accept' }).click();
    await signIn(tab, keapId);
    await page.getByText('You have access to gx624 Keap Pro Recording.').first().waitFor();
    expect(await page.getByRole('link', { name: 'Open app' }).getAttribute('href')).toBe('https://gx624.infusionsoft.com');
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('main').getByRole('link', { name: 'Account Central' }).click();
    await page.locator('[data-app="gx624"]').waitFor();
    expect(asked.filter((address) => address.includes(token))).toEqual([]);
    expect(await page.evaluate('location.href + JSON.stringify({ ...sessionStorage, ...localStorage }) + JSON.stringify(history.state)')).not.toContain(token);
    await page.goBack();
    expect(page.url()).toBe(`${given.service.url}/invitation`);
  });

  it('tells somebody with another account whom it is for, and lets them use that one', async () => {
    const { keapId, token } = await invite();
    const tab = await open(token);
    const { page } = tab;
    await page.getByRole('button', { name: 'Accept' }).click();
    await signIn(tab, 'somebody.else@partner.example');
    await page.getByText('You are signed in as somebody.else@partner.example; this invitation is for g•••@partner.example.').waitFor();
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Use another account' }).click();
    await page.getByRole('button', { name: 'Accept' }).click();
    await signIn(tab, keapId);
    await page.getByText('You have access to gx624 Keap Pro Recording.').first().waitFor();
  });

  it('declines', async () => {
    const { keapId, token } = await invite();
    const tab = await open(token);
    const { page } = tab;
    await page.getByRole('button', { name: 'Decline' }).click();
    await signIn(tab, keapId);
    await page.getByRole('main').getByText('You declined the invitation to gx624 Keap Pro Recording.').waitFor();
    await page.reload();
    await page.getByText('This link is incomplete.').waitFor();
    await page.goto(`${given.service.url}/invitation#${token}`);
    await page.getByText('This invitation has been declined.').waitFor();
  });

  it('says what to do with a link that leads to no open invitation', async () => {
    const [revoked, replaced, accepted] = [await invite(), await invite(), await invite()];
    await owner.mutate('revokeInvitation', { appId: 'gx624', invitationId: revoked.invitationId });
    await owner.mutate('resendInvitation', { appId: 'gx624', invitationId: replaced.invitationId });
    await (await given.service.as(accepted.keapId)).mutate('acceptInvitation', { token: accepted.token });
    const tab = await open('x'.repeat(43));
    const { page } = tab;
    await page.getByText('No invitation found for this link.').waitFor();
    expect(await tab.violations()).toEqual([]);
    for (const [token, text] of [[revoked.token, 'has been revoked'], [replaced.token, 'A newer message with another link has been sent.'], [accepted.token, 'You find the app in your Account Central.']] as const) {
      // The same page with another link, as when one is pasted.
      await page.goto(`${given.service.url}/invitation#${token}`);
      await page.getByText(text).waitFor();
    }
  });

  it('says what has become of an invitation that was open before the sign-in', async () => {
    const { keapId, invitationId, token } = await invite();
    const tab = await open(token);
    const { page } = tab;
    await page.getByRole('button', { name: 'Accept' }).click();
    await owner.mutate('revokeInvitation', { appId: 'gx624', invitationId });
    await signIn(tab, keapId);
    await page.getByText('This invitation has been revoked.').waitFor();
    expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
  });

  it.each([['Accept', 'acceptInvitation', 'You have access to gx624 Keap Pro Recording.', 'InvitationAccepted'], ['Decline', 'declineInvitation', 'You declined the invitation to gx624 Keap Pro Recording.', 'InvitationDeclined']])('says when the answer to this is lost, and is not done twice: %s', async (name, mutation, done, type) => {
    const { keapId, token } = await invite();
    const tab = await open(token);
    tab.expect(/Failed to load resource|WebSocket/);
    const { page } = tab;
    const sent: string[] = [];
    await page.route('**/graphql', async (route) => {
      const { query = '', variables } = route.request().postDataJSON() as { readonly query?: string; readonly variables?: { readonly input?: object } };
      if (!query.includes(`${mutation}(`)) return route.continue();
      sent.push(JSON.stringify(variables?.input));
      if (sent.length > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name }).click();
    await signIn(tab, keapId);
    await page.getByRole('alert').getByText('it is not known whether this was done').waitFor();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'detached' });
    expect(await tab.violations()).toEqual([]);
    await page.getByRole('button', { name }).dblclick();
    await page.getByRole('main').getByText(done).waitFor();
    expect(sent).toHaveLength(2);
    expect(JSON.parse(sent[0]!)).toEqual({ token, idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(sent[1]).toBe(sent[0]);
    const { membershipEvents: { nodes } } = await owner.read('query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter) { nodes { type } } }', { filter: { appId: 'gx624', keapId } });
    expect(nodes.filter((event: { readonly type: string }) => event.type === type)).toHaveLength(1);
  });

  it('fits a phone of 320 pixels', async () => {
    const { token } = await invite();
    const tab = await given.tab({ viewport: { width: 320, height: 640 } });
    await tab.page.goto(`${given.service.url}/invitation#${token}`);
    await tab.page.getByRole('button', { name: 'Accept' }).waitFor();
    expect(await tab.isTooWide()).toBe(false);
    expect(await tab.violations()).toEqual([]);
  });
});
