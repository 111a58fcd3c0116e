import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServiceProcess } from './support/serviceProcess';
import { temporaryDirectory } from './support/temporaryDirectory';
import type { Json } from './support/testService';

const README = readFileSync(join(__dirname, '..', 'README.md'), 'utf8');
const BODY = /-d '(\{"query".*\})'/;

function found(pattern: RegExp, text: string): string {
  const [, group] = pattern.exec(text) ?? [];
  if (group === undefined) throw new Error(`There is no ${String(pattern)} in: ${text}`);
  return group;
}

describe('the first start', () => {
  const directory = temporaryDirectory();
  let service: Awaited<ReturnType<typeof startServiceProcess>>;
  let printed: string;
  beforeAll(async () => {
    service = await startServiceProcess(directory.path);
    printed = (await service.program.untilPrinted(/[^]*Messages to people who are invited: .*\n/))[0];
  });
  afterAll(async () => {
    service.program.kill('SIGTERM');
    await service.program.ended;
    directory.remove();
  });

  const send = async (body: string, token: string): Promise<Json> =>
    (await fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body })).json();

  it('prints tokens that sign in as whom they stand under', async () => {
    const people = [...printed.matchAll(/<(\S+)>, .*:\n {2}(\S+)\n/g)];
    expect(people.map(([, keapId]) => keapId)).toEqual(['olivia@keap.example', 'paul@coach.example', 'anna@agency.example', 'operator@keap.example']);
    for (const [, keapId, token = ''] of people) expect(await send('{"query":"{ viewer { keapId } }"}', token)).toEqual({ data: { viewer: { keapId } } });
  });

  it('prints a first query, which is the README\'s, and gets the README\'s answer', async () => {
    const body = found(BODY, printed);
    expect(found(BODY, README)).toBe(body);
    const shown = found(/```json\n(\{"data"[^`]*)```/, README);
    expect(await send(body, found(/authorization: Bearer (\S+)'/, printed))).toEqual(JSON.parse(shown));
  });

  it('takes the README\'s invitation, which is accepted and left', async () => {
    const owner = await service.as('olivia@keap.example');
    const { invitePartner } = await owner.read(found(/```graphql\n(mutation[^`]*)```/, README));
    expect(invitePartner.user.status).toBe('INVITED');
    const partner = await service.as('new@partner.example');
    expect(await partner.mutate('acceptInvitation', { token: invitePartner.invitation.developmentToken }, '__typename')).toEqual({ __typename: 'AcceptInvitationSuccess' });
    expect(await partner.mutate('leaveApp', { appId: 'gx624', confirmAppId: 'gx624' }, '__typename')).toEqual({ __typename: 'LeaveAppSuccess' });
  });
});
