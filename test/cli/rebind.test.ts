import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { Person, type Json } from '../support/person';
import { TestService } from '../support/testService';
import { TokenIssuer } from '../support/tokenIssuer';

const APP = `query { app(appId: "acme") { users { nodes { userId keapId name status role } } } }`;
const HISTORY = `query { membershipEvents(filter: { appId: "acme", types: ["UserRebound"] }) { nodes { summary actor { name } ... on UserReboundEvent { reason informedUserIds } } } }`;

describe('npm run cli -- rebind', () => {
  const directory = temporaryDirectory();
  let [before, after]: TokenIssuer[] = [];
  beforeAll(async () => { [before, after] = [await TokenIssuer.start(), await TokenIssuer.start()]; });
  afterAll(async () => {
    await before?.stop();
    await after?.stop();
    directory.remove();
  });

  const envOf = (issuer: TokenIssuer | undefined): Readonly<Record<string, string>> => ({ AUTH_ISSUER: issuer?.issuer ?? '', AUTH_AUDIENCE: issuer?.audience ?? '', HOST: '127.0.0.1', DATA_DIR: directory.path, SECRET_KEY: Buffer.alloc(32, 9).toString('base64') });
  const as = (service: TestService, issuer: TokenIssuer | undefined, sub: string, email: string, scope = ''): Person => new Person(service.url, email, issuer?.token({ sub, email, scope }) ?? null);
  const mapped = async (map: string | Buffer, ...options: readonly string[]): Promise<Ended> => {
    const file = join(directory.path, 'map');
    writeFileSync(file, map);
    return cliProcess(['rebind', '--map', file, '--from-issuer', before?.issuer ?? '', ...options], envOf(after)).ended;
  };

  it('moves every member to the subjects of a new issuer, once', async () => {
    let service = await TestService.start({ env: envOf(before) });
    const operator = as(service, before, 'ops', 'ops@example.com', 'operator');
    await operator.mutate('registerApp', { appId: 'acme', name: 'Acme', licences: 5, ownerKeapId: 'olga@example.com' });
    const olga = as(service, before, 'old|olga', 'olga@example.com');
    await olga.read(APP);
    for (const [name, kind] of [['paula', 'invitePartner'], ['uwe', 'inviteUser']] as const) {
      const { invitation } = await olga.mutate(kind, { appId: 'acme', keapId: `${name}@example.com`, role: 'STANDARD', name }, 'invitation { invitationId }');
      await as(service, before, `old|${name}`, `${name}@example.com`).mutate('acceptInvitation', { appId: 'acme', invitationId: invitation.invitationId });
    }
    const { app: { users } } = await olga.read(APP);
    expect(users.nodes).toHaveLength(3);
    await service.close();

    // Quotes, a comma, CRLF, a BOM and a blank line, as exports have them; one subject is in no app.
    const map = '\ufeffold,new\r\n"old|olga","new|ol,ga"\r\n\r\nold|paula,new|paula\r\nold|uwe,new|uwe\r\nold|nobody,new|nobody\r\n';
    expect(await mapped('nobody,somebody\n')).toMatchObject({ code: 1, stdout: expect.stringContaining('1 people are in no app'), stderr: expect.stringContaining('Check --from-issuer') });
    expect(await mapped(map, '--dry-run')).toMatchObject({ code: 0, stdout: '4 lines: 3 memberships in 1 apps would get a new sign-in, 0 lines were applied before, 1 people are in no app.\n' });
    expect(await mapped(map, '--reason', 'Moved to the new login')).toMatchObject({ code: 0, stdout: '4 lines: 3 memberships in 1 apps have a new sign-in, 0 lines were applied before, 1 people are in no app.\n' });
    const again = await mapped('{"old":"old|olga","new":"new|ol,ga"}\n{"old":"old|paula","new":"new|paula"}\n\n{"old":"old|uwe","new":"new|uwe"}', '--json');
    expect([again.code, JSON.parse(again.stdout)]).toEqual([0, { lines: 3, memberships: 0, apps: 0, alreadyDone: 3, unknown: 0, conflicts: [], dryRun: false }]);

    service = await TestService.start({ env: envOf(after) });
    const olgaNow = as(service, after, 'new|ol,ga', 'olga@example.com');
    expect((await olgaNow.read(APP)).app.users).toEqual(users);
    expect((await as(service, after, 'new|paula', 'paula@example.com').read('{ accountCentral { accounts { nodes { appId } } } }')).accountCentral.accounts.nodes).toEqual([{ appId: 'acme' }]);
    // Neither the old subject at the new issuer nor the old issuer's token is that person any more.
    expect((await as(service, after, 'old|olga', 'other@example.com').read(APP)).app).toBeNull();
    const history: Json = (await olgaNow.read(HISTORY)).membershipEvents.nodes;
    expect(history.map(({ reason, informedUserIds }: Json) => [reason, informedUserIds.length])).toEqual([['Moved to the new login (and 2 more of this app)', 1], ['Moved to the new login', 0], ['Moved to the new login', 0]]);
    expect(history[1].summary).toMatch(/^An operator gave the membership of .* to another sign-in, with the reason "Moved to the new login"\.$/);
    await service.close();
  });

  it('changes nothing when a line cannot be read or contradicts another one', async () => {
    expect(await mapped('a,b\nc\n')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Line 2: it has 1 columns instead of 2.') });
    expect(await mapped('a,b\nc,d\na,e\n')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Line 3: the old subject a is in line 1 already.') });
  });

  it('needs a map', async () => {
    expect(await cliProcess(['rebind'], envOf(after)).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('--map') });
    expect(await cliProcess(['rebind', '--map', join(directory.path, 'missing')], envOf(after)).ended).toMatchObject({ code: 2, stderr: expect.stringContaining('does not exist') });
  });
});
