import type { Locator, Page } from 'playwright-core';
import { GivenConsole } from '../../support/consolePage';
import type { Person } from '../../support/person';

const OLIVIA = 'olivia@keap.example';
const MEMBER = 'member@coach.example';

/** What a test has made for a change. */
interface Scene {
  readonly appId: string;
  /** A partner who is invited, or has joined. */
  readonly userId: string;
  readonly path: string;
  /** Who is invited, where each scene has somebody of its own. */
  readonly guest?: string;
}

/** Something that people change on a page. */
interface Change {
  readonly mutation: string;
  /** Who does it; the guest of the scene when left out. */
  readonly as?: string;
  readonly prepare: () => Promise<Scene>;
  /** Does what comes before the click that sends the change. */
  readonly fill?: (page: Page, scene: Scene) => Promise<unknown>;
  /** What is clicked to send it. */
  readonly control: (page: Page, scene: Scene) => Locator;
  /** Makes the control be there, such as an entry of a menu. */
  readonly reach?: (page: Page, scene: Scene) => Promise<unknown>;
  /** What is there once it is done. */
  readonly done: (page: Page, scene: Scene) => Locator;
  /** What is there when the answer was lost and the page has learned by itself that it was done. */
  readonly learned?: (page: Page, scene: Scene) => Locator;
  /** The query from which the page would learn it, which is not answered until the change is sent again, because another entry is about learning. */
  readonly unread?: string;
  /** How often it was done, as the service has it. */
  readonly times?: (scene: Scene) => Promise<number>;
  /** Whether the answer arrives, because another entry is about losing it. */
  readonly isAnswered?: true;
}

/** What stands in the fields of the page. */
const typedIn = (page: Page): Promise<string> => page.evaluate<string>('JSON.stringify([...document.querySelectorAll("main input, main textarea, [role=dialog] input, [role=dialog] textarea")].filter(({ type }) => type !== "checkbox").map(({ type, value, checked }) => [type, value, checked]))');

describe('every change', () => {
  const given = new GivenConsole({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
  let owner: Person;
  let operator: Person;
  beforeAll(async () => {
    [owner, operator] = await Promise.all([given.service.as(OLIVIA), given.service.as('operator@keap.example', 'operator')]);
  });

  let scenes = 0;
  async function app(): Promise<string> {
    scenes += 1;
    const appId = `scene${scenes}`;
    await operator.mutate('registerApp', { appId, name: 'Scene', licences: 5, ownerKeapId: OLIVIA, ownerName: 'Olivia Owner' });
    return appId;
  }
  /** An app with an open invitation, at a page. */
  async function invited(pathOf: (appId: string, userId: string) => string, keapId = MEMBER): Promise<Scene> {
    const appId = await app();
    const { user } = await owner.mutate('invitePartner', { appId, keapId, role: 'STANDARD' }, 'user { userId }');
    return { appId, userId: user.userId, path: pathOf(appId, user.userId) };
  }
  /** An app with a partner, at a page. */
  async function joined(pathOf: (appId: string, userId: string) => string, contactIds: readonly string[] = [], keapId = MEMBER): Promise<Scene> {
    const scene = await invited(pathOf, keapId);
    const partner = await given.service.as(keapId);
    const { accountCentral: { invitations } } = await partner.read('{ accountCentral { invitations { appId invitationId } } }');
    const { invitationId } = invitations.find(({ appId }: { readonly appId: string }) => appId === scene.appId);
    await partner.mutate('acceptInvitation', { appId: scene.appId, invitationId });
    if (contactIds.length > 0) await owner.mutate('assignContacts', { appId: scene.appId, userId: scene.userId, contactIds });
    return scene;
  }
  async function reviewed(): Promise<Scene> {
    const scene = await joined(() => '');
    const { review: { reviewId } } = await owner.mutate('startAccessReview', { appId: scene.appId, note: 'Quarter 1' }, 'review { reviewId }');
    return { ...scene, path: `/reviews/${reviewId}` };
  }
  /** A review in which everybody is decided on. */
  async function decided(): Promise<Scene> {
    const appId = await app();
    const second = await given.service.as('second@client.example');
    await operator.mutate('appointAdmin', { appId, keapId: second.keapId, reason: 'Ticket 4713' });
    const { accountCentral } = await second.read('{ accountCentral { accounts { nodes { appId } } } }');
    expect(accountCentral.accounts.nodes).toContainEqual({ appId });
    const { review: { reviewId } } = await owner.mutate('startAccessReview', { appId, note: 'Quarter 1' }, 'review { reviewId }');
    const { accessReview: { items: { nodes } } } = await owner.read('query ($reviewId: ID!) { accessReview(reviewId: $reviewId) { items { nodes { user { userId keapId } } } } }', { reviewId });
    for (const { user: { userId, keapId } } of nodes) await (keapId === OLIVIA ? second : owner).mutate('decideAccess', { reviewId, userIds: [userId], decision: 'KEEP' });
    return { appId, userId: '', path: `/reviews/${reviewId}` };
  }
  const finishes = async (page: Page): Promise<void> => {
    await page.locator('[data-decided="2"][data-total="2"]').first().waitFor();
    await page.getByRole('button', { name: 'Finish review' }).click();
    await dialog(page).getByRole('button', { name: 'Finish review' }).waitFor();
  };
  /** How often an operator asked for events to be sent to this address again. */
  const replays = async (url: string): Promise<number> => {
    const { webhooks } = await operator.read('{ webhooks { webhookId url } }');
    const { webhookId } = webhooks.find((webhook: { readonly url: string }) => webhook.url === url);
    const { administrativeEvents: { nodes } } = await operator.read('{ administrativeEvents(filter: { types: ["WebhookReplayRequested"] }, last: 200) { nodes { ... on WebhookReplayRequestedEvent { webhookId } } } }');
    return nodes.filter((event: { readonly webhookId: string }) => event.webhookId === webhookId).length;
  };
  let guests = 0;
  /** Somebody who is invited to two apps. The scene is about the first one. */
  async function guest(): Promise<Scene> {
    guests += 1;
    const keapId = `guest${guests}@coach.example`;
    const scene = await invited(() => '/account-central', keapId);
    await invited(() => '', keapId);
    return { ...scene, guest: keapId };
  }
  const users = (appId: string): string => `/users?app=${appId}`;
  const dialog = (page: Page): Locator => page.getByRole('dialog');
  const menu = (name: string, row = MEMBER) => async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: `Actions for ${row}`, exact: true }).click();
    await page.getByRole('menuitem', { name }).waitFor();
  };
  const open = (action: string) => async (page: Page): Promise<void> => {
    await menu(action)(page);
    await page.getByRole('menuitem', { name: action }).click();
    await dialog(page).waitFor();
  };
  const button = (name: string) => (page: Page): Locator => dialog(page).getByRole('button', { name, exact: true });
  const row = (page: Page, keapId = MEMBER): Locator => page.locator(`[data-user="${keapId}"]`);
  const fields = async (page: Page, values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [label, value] of Object.entries(values)) await dialog(page).getByLabel(label, { exact: true }).fill(value);
  };

  const CHANGES: Readonly<Record<string, Change>> = {
    'an invitation of a partner': {
      mutation: 'invitePartner', as: 'Olivia Owner', prepare: async () => { const appId = await app(); return { appId, userId: '', path: users(appId) }; },
      fill: async (page) => {
        await page.getByRole('button', { name: 'Add Partner' }).click();
        await fields(page, { 'Keap ID': 'new@coach.example', 'Reason (optional)': 'Spring' });
        await dialog(page).getByRole('radio', { name: 'Admin' }).check();
      },
      control: button('Send Email Invitation'), done: (page) => page.getByText('new@coach.example is invited. The e-mail is on its way.').first(),
    },
    'an invitation of users': {
      mutation: 'inviteUser', as: 'Olivia Owner', prepare: async () => { const appId = await app(); return { appId, userId: '', path: users(appId) }; },
      fill: async (page) => {
        await page.getByRole('button', { name: 'Add Users' }).click();
        await fields(page, { 'Keap IDs': 'clerk@team.example' });
      },
      control: button('Send Email Invitations'), done: (page) => dialog(page).locator('[data-invited="true"]'),
    },
    'an invitation that is sent again': {
      mutation: 'resendInvitation', as: 'Olivia Owner', prepare: () => invited(users), reach: menu('Send the invitation again'),
      control: (page) => page.getByRole('menuitem', { name: 'Send the invitation again' }), done: (page) => page.getByText('is sent again.').first(),
    },
    'an invitation that is revoked': { mutation: 'revokeInvitation', as: 'Olivia Owner', prepare: () => invited(users), fill: open('Revoke the invitation'), control: button('Revoke the invitation'), done: (page) => page.getByText('is revoked.').first() },
    'a role': { mutation: 'changeUserRole', as: 'Olivia Owner', prepare: () => joined(users), fill: async (page) => { await open('Make an admin')(page); await fields(page, { 'Reason (optional)': 'Leads' }); }, control: button('Make an admin'), done: (page) => page.getByText('now has the role Admin.').first() },
    'a removal': {
      mutation: 'removeUser', as: 'Olivia Owner', prepare: () => joined(users, ['c1']),
      fill: async (page) => {
        await open('Remove from the app')(page);
        await fields(page, { 'Reason (optional)': 'Has left' });
        await dialog(page).getByRole('combobox').click();
        await page.getByRole('option', { name: 'Olivia Owner' }).click();
      },
      control: button('Remove'), done: (page) => page.getByText('has no access any more.').first(),
    },
    'contacts that an admin takes over': {
      mutation: 'reassignContacts', as: 'Olivia Owner', prepare: () => joined((appId, userId) => `/users/${userId}?app=${appId}`, ['c1', 'c2']),
      control: (page) => page.getByRole('button', { name: 'Give them over' }), done: (page) => page.getByText('contacts went to Olivia Owner.').first(), learned: (page) => page.getByText('No contact is assigned to'),
    },
    'an account label': {
      mutation: 'setAccountLabel', as: MEMBER, prepare: () => joined((appId) => `/account-central/${appId}`), fill: (page) => page.getByRole('textbox', { name: 'Account Label' }).fill('Mine'),
      control: (page) => page.getByRole('button', { name: 'Save' }), done: (page) => page.locator('[data-saved]'),
    },
    'leaving an app': {
      mutation: 'leaveApp', as: MEMBER, prepare: () => joined((appId) => `/account-central/${appId}`),
      fill: async (page, { appId }) => {
        await page.getByRole('button', { name: 'Leave Account' }).click();
        await fields(page, { [`Type ${appId} to confirm`]: appId });
      },
      control: button('Leave Account'), done: (page, { appId }) => page.getByText(`You left ${appId} Scene.`).first(), learned: (page) => page.getByRole('heading', { name: 'You have no access to this app' }),
    },
    'leaving an app, with the answer': {
      mutation: 'leaveApp', as: MEMBER, prepare: () => joined((appId) => `/account-central/${appId}`), isAnswered: true,
      fill: async (page, { appId }) => {
        await page.getByRole('button', { name: 'Leave Account' }).click();
        await fields(page, { [`Type ${appId} to confirm`]: appId });
      },
      control: button('Leave Account'), done: (page, { appId }) => page.getByText(`You left ${appId} Scene.`).first(),
    },
    'accepting one of two invitations': {
      mutation: 'acceptInvitation', prepare: guest, isAnswered: true,
      control: (page, { appId }) => page.getByRole('button', { name: `Accept the invitation to ${appId}` }), done: (page, { appId }) => page.getByText(`You have access to ${appId} Scene.`).first(),
    },
    'declining one of two invitations': {
      mutation: 'declineInvitation', prepare: guest, isAnswered: true,
      control: (page, { appId }) => page.getByRole('button', { name: `Decline the invitation to ${appId}` }), done: (page, { appId }) => page.getByText(`You declined the invitation to ${appId} Scene.`).first(),
    },
    'accepting an invitation whose answer is lost': {
      mutation: 'acceptInvitation', prepare: guest,
      control: (page, { appId }) => page.getByRole('button', { name: `Accept the invitation to ${appId}` }), done: (page) => page.locator('h1'), learned: (page, { appId }) => page.getByRole('link', { name: `Configure ${appId}` }),
    },
    'an app': {
      mutation: 'registerApp', as: 'Otis Operator', prepare: async () => { scenes += 1; return Promise.resolve({ appId: `scene${scenes}`, userId: '', path: '/operators' }); },
      fill: async (page, { appId }) => {
        await page.getByRole('button', { name: 'Register an app' }).click();
        await fields(page, { 'App ID': appId, Name: 'Scene', Licences: '2', 'Keap ID of the owner': OLIVIA });
      },
      control: button('Register an app'), done: (page, { appId }) => page.getByText(`${appId} Scene is registered.`).first(),
    },
    'the name of an app': {
      mutation: 'renameApp', as: 'Otis Operator', prepare: async () => { const appId = await app(); return { appId, userId: '', path: `/operators/apps/${appId}` }; },
      fill: (page) => page.getByRole('region', { name: 'Name and address' }).getByLabel('Name', { exact: true }).fill('Renamed'),
      control: (page) => page.getByRole('region', { name: 'Name and address' }).getByRole('button', { name: 'Save' }), done: (page, { appId }) => page.getByRole('heading', { level: 1, name: `${appId} Renamed` }),
    },
    'the licences of an app': {
      mutation: 'setLicences', as: 'Otis Operator', prepare: async () => { const appId = await app(); return { appId, userId: '', path: `/operators/apps/${appId}` }; },
      fill: (page) => page.getByRole('region', { name: 'Licences' }).getByLabel('Licences').fill('9'),
      control: (page) => page.getByRole('region', { name: 'Licences' }).getByRole('button', { name: 'Save' }), done: (page) => page.getByText('The app has 9 licences now.').first(),
    },
    'an admin whom an operator appoints': {
      mutation: 'appointAdmin', as: 'Otis Operator', prepare: async () => { const appId = await app(); return { appId, userId: '', path: `/operators/apps/${appId}` }; },
      fill: async (page) => {
        await page.getByRole('button', { name: 'Appoint an admin' }).click();
        await fields(page, { 'Keap ID': 'ada@client.example', Reason: 'Ticket 4711' });
      },
      control: button('Appoint an admin'), done: (page) => page.getByText('is an admin of the app now.').first(),
    },
    'a membership that goes to another sign-in': {
      mutation: 'rebindUser', as: 'Otis Operator', prepare: () => joined((appId) => `/operators/apps/${appId}`),
      fill: async (page, { userId }) => {
        await page.getByRole('button', { name: 'Give a membership to another sign-in' }).click();
        await fields(page, { 'User ID': userId, 'Keap ID from now on': `moved${scenes}@new.example`, Reason: 'Ticket 4712' });
      },
      control: button('Give the membership'), done: (page) => page.getByText('The next sign-in with moved').first(),
    },
    'a webhook': {
      mutation: 'registerWebhook', as: 'Otis Operator', prepare: () => { scenes += 1; return Promise.resolve({ appId: `hook${scenes}`, userId: '', path: '/webhooks' }); },
      fill: async (page, { appId }) => {
        await page.getByRole('button', { name: 'Register a webhook' }).first().click();
        await fields(page, { Address: `https://127.0.0.1:9/${appId}` });
      },
      control: button('Register a webhook'), done: (page) => page.getByRole('dialog', { name: 'The secret of the webhook' }),
    },
    'a webhook that is deleted': {
      mutation: 'removeWebhook', as: 'Otis Operator', prepare: async () => { scenes += 1; await operator.mutate('registerWebhook', { url: `https://127.0.0.1:9/gone${scenes}` }); return { appId: `https://127.0.0.1:9/gone${scenes}`, userId: '', path: '/webhooks' }; },
      fill: async (page, { appId }) => {
        await menu('Delete', appId)(page);
        await page.getByRole('menuitem', { name: 'Delete' }).click();
      },
      control: button('Delete'), done: (page, { appId }) => page.getByText(appId).and(page.locator('[role="alert"], [role="status"]')).or(page.getByText('is deleted').first()),
    },
    'events that are sent to a webhook again': {
      mutation: 'replayWebhook', as: 'Otis Operator', prepare: async () => { scenes += 1; await operator.mutate('registerWebhook', { url: `https://127.0.0.1:9/again${scenes}` }); return { appId: `https://127.0.0.1:9/again${scenes}`, userId: '', path: '/webhooks' }; },
      fill: async (page, { appId }) => {
        await menu('Send events again', appId)(page);
        await page.getByRole('menuitem', { name: 'Send events again' }).click();
        await dialog(page).getByRole('radio', { name: 'Everything from the beginning' }).check();
      },
      control: button('Send events again'), done: (page, { appId }) => page.getByText(`Events are sent to ${appId} again.`).first(), times: ({ appId }) => replays(appId),
    },
    'an access review that is signed off': {
      mutation: 'finishAccessReview', as: 'Olivia Owner', prepare: decided, fill: finishes, unread: 'AccessReview',
      control: button('Finish review'), done: (page) => page.getByText('Nothing in it changes any more.'),
    },
    'an access review that is signed off, as the page learns': {
      mutation: 'finishAccessReview', as: 'Olivia Owner', prepare: decided, fill: finishes,
      control: button('Finish review'), done: (page) => page.locator('h1'), learned: (page) => page.locator('body:not(:has([role="dialog"]))').getByText('Nothing in it changes any more.'),
    },
    'an access review': {
      mutation: 'startAccessReview', as: 'Olivia Owner', prepare: () => joined((appId) => `/reviews?app=${appId}`),
      fill: async (page) => {
        await page.getByRole('button', { name: 'Start review' }).first().click();
        await dialog(page).getByLabel('Note').fill('Quarter 2');
        await dialog(page).getByLabel('To be finished by').fill('2999-01-01');
      },
      control: button('Start review'), done: (page) => page.getByRole('heading', { level: 1, name: 'Quarter 2' }),
    },
    'a decision of a review': {
      mutation: 'decideAccess', as: 'Olivia Owner', prepare: reviewed, fill: (page) => page.getByLabel('Remark with the next decision').fill('Still needed'),
      control: (page) => row(page).getByRole('button', { name: `Keep ${MEMBER}` }), done: (page) => row(page).and(page.locator('[data-decision="KEEP"]')).getByText('Still needed'),
    },
  };

  it.each(Object.keys(CHANGES))('says when its answer is lost, keeps what is typed, comes back by itself, and is not done twice by a double click: %s', async (name) => {
    const change = CHANGES[name]!;
    const scene = await change.prepare();
    const tab = await given.tab({ viewport: { width: 1280, height: 1000 } });
    tab.expect(/Failed to load resource|WebSocket/);
    const page = await tab.signInAs(change.as ?? scene.guest ?? '', scene.path);
    const keys: string[] = [];
    const others: string[] = [];
    await page.route('**/graphql', async (route) => {
      const { query = '', operationName, variables } = route.request().postDataJSON() as { readonly query?: string; readonly operationName?: string; readonly variables?: { readonly input?: { readonly idempotencyKey?: string } } };
      if (!query.startsWith('mutation')) return keys.length === 1 && operationName === change.unread ? undefined : route.continue();
      if (!query.includes(`${change.mutation}(`)) others.push(query);
      keys.push(variables?.input?.idempotencyKey ?? '');
      if (keys.length > 1 || change.isAnswered) return route.continue();
      await route.fetch();
      return route.abort();
    });
    /** The first or the second click of a double click. */
    const press = async (clickCount: number): Promise<void> => {
      await page.mouse.down({ clickCount });
      await page.mouse.up({ clickCount });
    };
    const point = async (): Promise<void> => {
      await change.reach?.(page, scene);
      await change.control(page, scene).hover();
    };

    await change.fill?.(page, scene);
    const typed = await typedIn(page);
    if (!change.isAnswered) {
      await point();
      await press(1);
    }
    if (change.learned) {
      await change.learned(page, scene).waitFor();
      expect(keys).toHaveLength(1);
      // The server has answered, but the test may not have lost the answer yet.
      await page.unrouteAll({ behavior: 'wait' });
      return;
    }
    if (!change.isAnswered) await isKept(page, typed);
    await point();
    await press(1);
    await change.done(page, scene).waitFor();
    const address = page.url();
    const dialogs = await dialog(page).count();
    await press(2);
    await page.evaluate('new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); })');
    expect({ keys: keys.length, differentKeys: new Set(keys).size, others, address: page.url(), dialogs: await dialog(page).count() }).toEqual({ keys: change.isAnswered ? 1 : 2, differentKeys: 1, others: [], address, dialogs });
    if (change.times) expect(await change.times(scene)).toBe(1);
    expect(await tab.violations()).toEqual([]);
  });

  /** After an answer was lost: the page says so, what was typed is there, and the banner goes although nothing else is under way that would notice that the server is there. */
  async function isKept(page: Page, typed: string): Promise<void> {
    await page.getByText('it is not known whether this was done').waitFor();
    expect(await typedIn(page)).toBe(typed);
    await page.getByText('The server cannot be reached. What you typed is kept').waitFor({ state: 'detached' });
  }
});
