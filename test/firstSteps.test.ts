import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ERROR_CODES } from '../src/domain/domainError';
import { PUBLIC_CODES } from '../src/server/publicErrors';
import { startServiceProcess } from './support/serviceProcess';
import { Snippets, TOP } from './support/snippets';
import { temporaryDirectory } from './support/temporaryDirectory';
import type { Json } from './support/person';

const BODY = /-d '(\{"query".*\})'/;

const readme = new Snippets('README.md', {
  start: /^npm ci && npm start/,
  query: /^TOKEN=\$\(curl[^]*\ncurl -s/,
  answer: /^\{"data":\{"app"/,
  invite: /^mutation \{\n {2}invitePartner/,
  accept: /^mutation .*\n {2}acceptInvitation/,
  leave: /^mutation \{\n {2}leaveApp/,
  layers: /^request\n/,
  evidence: /^npm run cli -- export/,
  history: /^\{"at":/,
  import: /^npm run cli -- import/,
  erase: /^npm run cli -- erase/,
});

const frontEnds = new Snippets('docs/front-ends.md', {
  token: /^TOKEN=/,
  refusal: /^mutation \(\$input: LeaveAppInput!\)/,
  position: /^let position/,
  unchanged: /^const answers/,
  webSocket: /^import \{ createClient \} from 'graphql-ws'/,
  eventStream: /^curl -N/,
  codegen: /^import \{ addTypename/,
});

function found(pattern: RegExp, text: string): string {
  const [, group] = pattern.exec(text) ?? [];
  if (group === undefined) throw new Error(`There is no ${String(pattern)} in: ${text}`);
  return group;
}

/** Runs a program to its end, or until its output matches. @returns standard output. @throws Error when it fails before. */
async function output(program: string, args: readonly string[], env: Readonly<Record<string, string>>, cwd: string, until?: RegExp): Promise<string> {
  const { PATH = '' } = process.env;
  const child = spawn(program, args, { cwd, env: { LOG_LEVEL: 'error', ...env, PATH: `${join(TOP, 'test/support/bin')}:${PATH}` }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (until?.test(stdout) === true && child.pid !== undefined && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if ((code !== 0 || until !== undefined) && until?.test(stdout) !== true) throw new Error(`${program} ended with ${code}: ${stdout}${stderr}`);
  return stdout;
}

describe('the first steps', () => {
  const directory = temporaryDirectory();
  const work = temporaryDirectory();
  let service: Awaited<ReturnType<typeof startServiceProcess>>;
  let printed: string;
  beforeAll(async () => {
    service = await startServiceProcess(directory.path);
    printed = (await service.program.untilPrinted(/[^]*Read the invitations that were sent: .*\n/))[0];
  });
  afterAll(async () => {
    service.program.kill('SIGTERM');
    await service.program.ended;
    directory.remove();
    work.remove();
  });

  const send = async (body: string, token: string): Promise<Json> =>
    (await fetch(`${service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body })).json();
  const shell = (script: string, until?: RegExp): Promise<string> =>
    output('bash', ['-euo', 'pipefail', '-c', script], { DATA_DIR: directory.path, SERVICE_URL: service.url }, work.path, until);
  /** Runs a module, with the packages of this project and the function `token` that the document leaves to its reader. */
  const module = async (source: string, token: string, until?: RegExp): Promise<string> => {
    const packageUrl = (name: string): string => pathToFileURL(require.resolve(name)).href;
    const file = join(work.path, 'snippet.mjs');
    const here = source.replaceAll('localhost:4000', new URL(service.url).host).replace(/from '([^']+)'/g, (_, name: string) => `from '${packageUrl(name)}'`);
    writeFileSync(file, `globalThis.WebSocket ??= (await import('${packageUrl('ws')}')).default.WebSocket;\nconst token = () => '${token}';\n${here}`);
    return output(process.execPath, [file], {}, work.path, until);
  };

  it.each([readme, frontEnds])('cover every block of $document', ({ unknown }) => {
    expect(unknown).toEqual([]);
  });

  it('name commands that exist, of which CI runs one', () => {
    const commands = [...readme.text('start').matchAll(/^(npm ci && npm (\w+)) /gm)];
    const { scripts } = JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(commands.map(([, , script = '']) => [script, typeof scripts[script]])).toEqual([['start', 'string'], ['test', 'string']]);
    expect(scripts['start']).toBe('node dist/main.js');
    expect(readFileSync(join(TOP, '.ci/run'), 'utf8')).toMatch(/^npm ci .*\nnpm test$/m);
  });

  it('print tokens that sign in as the people they are printed for', async () => {
    const people = [...printed.matchAll(/<(\S+)>, .*:\n {2}(\S+)\n/g)];
    expect(people.map(([, keapId]) => keapId)).toEqual(['olivia@keap.example', 'paul@coach.example', 'anna@agency.example', 'operator@keap.example', 'auditor@keap.example']);
    for (const [, keapId, token = ''] of people) expect(await send('{"query":"{ viewer { keapId } }"}', token)).toEqual({ data: { viewer: { keapId } } });
  });

  it('print the first query of the README, which gets the README\'s answer', async () => {
    const body = found(BODY, printed);
    expect(found(BODY, readme.text('query'))).toBe(body);
    const shown: unknown = JSON.parse(readme.text('answer'));
    expect(await send(body, found(/authorization: Bearer (\S+)'/, printed))).toEqual(shown);
    expect(JSON.parse(await shell(readme.text('query')))).toEqual(shown);
  });

  it('invite a partner, who accepts and leaves', async () => {
    const owner = await service.as('olivia@keap.example');
    const { invitePartner } = await owner.read(readme.text('invite'));
    expect(invitePartner.user.status).toBe('INVITED');
    const partner = await service.as('new@partner.example');
    expect(await partner.read(readme.text('accept'), { token: invitePartner.invitation.developmentToken }))
      .toEqual({ acceptInvitation: { account: { appId: 'gx624', label: 'gx624 Keap Pro Recording', role: 'STANDARD' } } });
    expect(await partner.read(readme.text('leave'))).toEqual({ leaveApp: { appId: 'gx624', position: expect.any(String) } });
  });

  it('refuse a partner with contacts, as the front ends\' page says', async () => {
    const coach = await service.as('paul@coach.example');
    const { leaveApp } = await coach.read(frontEnds.text('refusal'), { input: { appId: 'gx624', confirmAppId: 'gx624' } });
    expect(leaveApp).toMatchObject({ __typename: 'HasAssignedContacts', code: 'HAS_ASSIGNED_CONTACTS', count: 3 });
    expect((await coach.read(readme.text('leave'))).leaveApp.code).toBe('HAS_ASSIGNED_CONTACTS');
  });

  it('send the position of the last write with each request', async () => {
    const { token } = await service.as('olivia@keap.example');
    const mutation = 'mutation { setAccountLabel(input: { appId: "gx624", label: "Mine" }) { ... on SetAccountLabelSuccess { position } } }';
    const calls = `await graphql('${mutation}'); console.log(position !== '', JSON.stringify(await graphql('{ accountCentral { accounts { nodes { label } } } }')));`;
    expect(await module(`${frontEnds.text('position')}${calls}`, token ?? '')).toBe('true {"data":{"accountCentral":{"accounts":{"nodes":[{"label":"Mine"}]}}}}\n');
  });

  it('return the answer that they have while it is the same', async () => {
    const { token } = await service.as('paul@coach.example');
    const calls = `const ask = () => query('{ viewer { keapId } }'); const first = await ask(); console.log(first === await ask(), JSON.stringify(first));`;
    expect(await module(`${frontEnds.text('unchanged')}${calls}`, token ?? '')).toBe('true {"data":{"viewer":{"keapId":"paul@coach.example"}}}\n');
  });

  it('follow the history over a WebSocket, from its beginning', async () => {
    const { token } = await service.as('olivia@keap.example');
    expect(await module(frontEnds.text('webSocket'), token ?? '', /\n.*\n/)).toMatch(/^.*registered.*\n/);
  });

  it('follow Account Central as server-sent events', async () => {
    expect(await shell(`${frontEnds.text('token')}${frontEnds.text('eventStream')}`, /\n\n/)).toMatch(/event: next\ndata: .*"appId":"gx624"/);
  });

  it('list every code of a GraphQL error', () => {
    const rows = readFileSync(join(TOP, 'docs/front-ends.md'), 'utf8').matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| [^|]+ \| [^|]+ \|$/gm);
    expect([...rows].flatMap(([, codes = '']) => codes.replaceAll('`', '').split(', ')).sort()).toEqual([...PUBLIC_CODES].sort());
  });

  it('list every code of a refusal, and show the configuration of the code generator as it is', () => {
    const rows = readFileSync(join(TOP, 'docs/front-ends.md'), 'utf8').matchAll(/^\| `([A-Z_]+)` \| [^|]+ \|$/gm);
    expect([...rows].map(([, code = '']) => code).sort()).toEqual([...ERROR_CODES].sort());
    expect(frontEnds.text('codegen')).toBe(readFileSync(join(TOP, 'docs/front-ends/codegen.mjs'), 'utf8'));
  });

  it('export evidence, verify it and compare the read models', async () => {
    await shell(readme.text('evidence'));
    expect(readFileSync(join(work.path, 'gx624.ndjson'), 'utf8')).toMatch(/"type":"partner-access\.PartnerLeftApp"/);
  });

  it('import a history, and erase the person in it, while the service is stopped', async () => {
    service.program.kill('SIGTERM');
    await service.program.ended;
    writeFileSync(join(work.path, 'history.ndjson'), readme.text('history'));
    expect(await shell(readme.text('import'))).toMatch(/\b3\b/);
    expect(await shell(readme.text('erase'))).toMatch(/erased person #1/);
    service = await startServiceProcess(directory.path);
    const auditor = await service.as('auditor@keap.example', 'auditor');
    const { app } = await auditor.read('{ app(appId: "csi00") { users(filter: { statuses: [LEFT] }) { nodes { keapId } } } }');
    expect(app.users.nodes).toEqual([{ keapId: 'erased person #1' }]);
  });
});
