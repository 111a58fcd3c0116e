import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Page, Route } from 'playwright-core';
import { type ConsolePage, GivenConsole } from '../../support/consolePage';
import type { Json, Person } from '../../support/person';

const OWNER = 'olivia@keap.example';
const changed = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1);
const CHECKPOINT = 'storeId position events root time keyId publicKey statement signature __typename';

describe('an event of the history', () => {
  const given = new GivenConsole({ CHECKPOINT_EVERY_EVENTS: '1' });
  const appId = 'proved';
  let owner: Person;
  let auditor: Person;
  /** The events of the app, oldest first. */
  let events: readonly Json[];
  beforeAll(async () => {
    const operator = await given.service.as('operator@keap.example', 'operator');
    [owner, auditor] = await Promise.all([given.service.as(OWNER), given.service.as('auditor@keap.example', 'auditor')]);
    await operator.mutate('registerApp', { appId, name: 'Proved', licences: 5, ownerKeapId: OWNER, ownerName: 'Olivia Owner' });
    for (let count = 1; count <= 6; count += 1) await owner.mutate('invitePartner', { appId, keapId: `p${count}@coach.example`, role: 'STANDARD' });
    ({ membershipEvents: { nodes: events } } = await owner.read('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }) { nodes { id type position } } }', { appId }));
    // Checkpoints are signed in the background.
    for (let signed = ''; signed < events.at(-1).position;) signed = (await auditor.read('{ latestCheckpoint { position } }')).latestCheckpoint?.position ?? '';
  });
  const tab = (options?: Parameters<GivenConsole['tab']>[0]): Promise<ConsolePage> => given.tab(options);
  const invitations = (): readonly Json[] => events.filter(({ type }) => type === 'PartnerInvited');
  const stored = async ({ id }: Json): Promise<Json> => (await owner.read('query ($id: ID!) { node(id: $id) { id ... on MembershipEvent { data hash hashedText } } }', { id })).node;
  const addressOf = ({ id }: Json): string => `/history?app=${appId}&event=${encodeURIComponent(id)}`;
  const verdict = (page: Page, of: 'right' | 'partly' | 'wrong'): Promise<void> => page.locator(`[data-verdict="${of}"]`).waitFor();
  const results = (page: Page, result: 'right' | 'wrong' | 'open'): Promise<string[]> => page.locator(`[data-result="${result}"] > :last-child`).allTextContents();

  /** Changes what the service answers from now on, as somebody between the service and the browser would. */
  async function tampering(page: Page): Promise<(change: (data: Json) => void) => void> {
    let tamper = (_data: Json): void => undefined;
    const pass = async (route: Route): Promise<void> => {
      const response = await route.fetch();
      const answer: Json = await response.json();
      if (answer.data) tamper(answer.data);
      await route.fulfill({ response, json: answer });
    };
    // A request may be under way when the tab is closed.
    await page.route('**/graphql', (route) => pass(route).catch(() => undefined));
    return (change) => { tamper = change; };
  }

  it('has an address, its stored JSON, and a green mark that says what was checked', async () => {
    const console = await tab();
    const page = await console.signInAs('Ada Auditor', addressOf(invitations()[2]));
    const dialog = page.getByRole('dialog', { name: 'Event' });
    await dialog.getByText('Olivia Owner invited p3@coach.example as a partner with the role Standard.').waitFor();
    await verdict(page, 'right');
    expect(await page.locator('[data-verdict="right"]').textContent()).toContain('Checked in this browser: everything fits');
    const { latestCheckpoint: { keyId } } = await auditor.read('{ latestCheckpoint { keyId } }');
    expect(await results(page, 'right')).toEqual([
      'Fits. The SHA-256 of the stored text is the hash of the event.',
      'Fits. The stored JSON, the time, the kind, the place, the ids and the actor on this page are those of the stored text.',
      expect.stringMatching(/^Fits\. The previous hash is the hash of event \d+ of the same stream\.$/),
      expect.stringMatching(/^Fits\. The Merkle path leads from the hash to the root of the latest checkpoint: it is event \d+ of \d+ in the log\.$/),
      expect.stringMatching(/^Fits\. The signed statement names this log, this root and this number of events \(\d+\)\.$/),
      `Fits. The Ed25519 signature of the statement is right. The id of the key is ${keyId}.`,
    ]);
    await dialog.getByText('"role": "STANDARD"').waitFor();
    await dialog.getByRole('button', { name: 'Exactly as written' }).click();
    expect(await page.locator('[data-json]').textContent()).toBe((await stored(invitations()[2])).data);
    await dialog.getByText('Names and Keap IDs are stored encrypted').waitFor();
    expect(await console.violations()).toEqual([]);

    await dialog.getByRole('link', { name: 'Open that event' }).click();
    await dialog.getByText('Olivia Owner invited p2@coach.example').waitFor();
    await verdict(page, 'right');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('event')).toBeNull();
    await page.getByRole('link', { name: 'operator@keap.example registered the app Proved with 5 licences.' }).click();
    await dialog.getByText('It is the first event of its stream').waitFor();
    await verdict(page, 'right');
  });

  it('turns red when what is shown, what is stored, or the hash was changed on the way', async () => {
    const page = await (await tab()).signInAs('Ada Auditor', `/history?app=${appId}`);
    const tamper = await tampering(page);
    const open = async (index: number): Promise<void> => {
      await page.getByRole('link', { name: `Olivia Owner invited p${index}@coach.example` }).click();
      await verdict(page, 'wrong');
    };
    const close = (): Promise<void> => page.keyboard.press('Escape').then(() => page.getByRole('dialog').waitFor({ state: 'detached' }));
    const asAdmin = (text: string): string => text.replace('"role":"STANDARD"', '"role":"ADMIN"');

    tamper(({ node }) => { if (node) node.data = asAdmin(node.data); });
    await open(1);
    expect(await results(page, 'wrong')).toEqual(['Does not fit. What this page shows is not what the stored text says: data.']);
    await close();
    tamper(({ node }) => { if (node) Object.assign(node, { data: asAdmin(node.data), hashedText: asAdmin(node.hashedText) }); });
    await open(2);
    expect(await results(page, 'wrong')).toEqual([expect.stringMatching(/^Does not fit\. The SHA-256 of the stored text is [0-9a-f]{64}, which is not the hash of the event\.$/)]);
    await close();
    const { id, hash, hashedText } = await stored(invitations()[2]);
    const rewritten = createHash('sha256').update(asAdmin(hashedText)).digest('hex');
    tamper(({ node, membershipEvents }) => {
      if (node?.id === id) Object.assign(node, { data: asAdmin(node.data), hashedText: asAdmin(node.hashedText) });
      for (const one of [node, ...(membershipEvents?.nodes ?? [])]) if (one?.hash === hash) one.hash = rewritten;
    });
    await open(3);
    expect(await results(page, 'wrong')).toEqual(['Does not fit. The Merkle path does not lead from the hash to the root of the latest checkpoint.']);
    await close();
    tamper(({ node }) => { if (node) Object.assign(node, { occurredAt: '2020-01-01T00:00:00.000Z', actorId: 'somebody-else' }); });
    await open(4);
    expect((await results(page, 'wrong'))[0]).toBe('Does not fit. What this page shows is not what the stored text says: occurredAt, actorId.');
  });

  it('turns red when the chain, the path, the checkpoint or its signature was changed on the way', async () => {
    const older = (await auditor.read(`{ checkpoints(first: 1) { nodes { ${CHECKPOINT} } } }`)).checkpoints.nodes[0];
    const console = await tab();
    const page = await console.signInAs('Ada Auditor', addressOf(invitations()[4]));
    await verdict(page, 'right');
    const tamper = await tampering(page);
    const again = async (change: (data: Json) => void, of: 'right' | 'partly' | 'wrong'): Promise<void> => {
      tamper(change);
      await page.getByRole('button', { name: 'Check again' }).click();
      await verdict(page, of);
    };
    const ofCheckpoint = (change: (checkpoint: Json) => void) => ({ latestCheckpoint }: Json): void => { if (latestCheckpoint) change(latestCheckpoint); };

    await again(({ membershipEvents }) => { for (const node of membershipEvents?.nodes ?? []) node.hash = changed(node.hash); }, 'wrong');
    expect(await results(page, 'wrong')).toContainEqual(expect.stringMatching(/^Does not fit\. The previous hash is not the hash of event \d+ of the same stream\.$/));
    await again(({ inclusionProof }) => { if (inclusionProof) inclusionProof.path[0] = changed(inclusionProof.path[0]); }, 'wrong');
    expect(await results(page, 'wrong')).toEqual(['Does not fit. The Merkle path does not lead from the hash to the root of the latest checkpoint.']);
    expect(await console.violations()).toEqual([]);
    await again(ofCheckpoint((checkpoint) => { checkpoint.signature = Buffer.alloc(64, 1).toString('base64'); }), 'wrong');
    expect(await results(page, 'wrong')).toEqual([expect.stringContaining('The Ed25519 signature of the statement is wrong.')]);
    await again(ofCheckpoint((checkpoint) => { checkpoint.statement = checkpoint.statement.replace(/"events":\d+/, '"events":1'); }), 'wrong');
    expect(await results(page, 'wrong')).toEqual(['Does not fit. The signed statement does not say what the checkpoint says.', expect.stringContaining('The Ed25519 signature of the statement is wrong.')]);
    // A forger can sign what they like, with another key.
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    await again(ofCheckpoint((checkpoint) => Object.assign(checkpoint, { publicKey: spki, signature: sign(null, Buffer.from(checkpoint.statement), privateKey).toString('base64') })), 'wrong');
    expect(await results(page, 'wrong')).toEqual([expect.stringContaining('The public key is not the one with the id')]);

    await again(ofCheckpoint((checkpoint) => Object.assign(checkpoint, older)), 'partly');
    expect(await results(page, 'open')).toEqual([expect.stringContaining('Not checked. Whether the event is in the signed log: the latest checkpoint is from')]);
    await again((data) => { if ('latestCheckpoint' in data) data.latestCheckpoint = null; }, 'partly');
    expect(await results(page, 'open')).toEqual(['Not checked. Whether the event is in the signed log: no checkpoint has been signed yet.']);
    await again(() => undefined, 'right');
  });

  it('tells an admin what only auditors can check, and others that there is nothing', async () => {
    const [admin, phone] = [await tab(), await tab({ viewport: { width: 320, height: 640 } })];
    const page = await admin.signInAs('Olivia Owner', addressOf(invitations()[0]));
    await verdict(page, 'partly');
    expect(await results(page, 'open')).toEqual([expect.stringContaining('only auditors and operators may read proofs')]);
    expect(await results(page, 'right')).toHaveLength(3);
    await page.getByRole('link', { name: 'Everything about this user' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('list', { name: 'What happened, newest first' }).getByRole('listitem').nth(1).waitFor({ state: 'detached' });
    await page.goto(`${given.service.url}/history?app=${appId}&event=nothing`);
    await page.getByRole('button', { name: 'Olivia Owner' }).first().click();
    await page.getByText('There is no such event, or you may not see it.').waitFor();
    expect(await admin.violations()).toEqual([]);

    const small = await phone.signInAs('Olivia Owner', addressOf(invitations()[0]));
    await verdict(small, 'partly');
    expect(await phone.isTooWide()).toBe(false);
    expect(await phone.violations()).toEqual([]);
  });
});
