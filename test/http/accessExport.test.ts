import { parse } from 'csv-parse/sync';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const COLUMNS = ['app', 'account name', 'name', 'Keap ID', 'kind', 'role', 'from (UTC)', 'to (UTC)', 'invited by', 'reason', 'ended by', 'reason of the end'];
const NOW = (): string => new Date(Date.now()).toISOString();

describe('GET /export/access.csv', () => {
  let service: TestService;
  let auditor: Person;
  let app: GivenApp;
  beforeAll(async () => {
    service = await TestService.start();
    auditor = await service.as('auditor@example.com', 'auditor');
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    app = await GivenApp.register(service);
  });

  const download = (reader: Person | null, query = ''): Promise<Response> => fetch(`${service.url}/export/access.csv${query}`, { headers: reader === null ? {} : { authorization: `Bearer ${reader.token ?? ''}` } });
  const rowsOf = async (reader: Person, query = ''): Promise<readonly Record<string, string>[]> => {
    const response = await download(reader, query);
    expect(response.status).toBe(200);
    return parse(Buffer.from(await response.arrayBuffer()), { bom: true, columns: true });
  };
  const always = (appId: string): string => `?from=2020-01-01&to=${encodeURIComponent(new Date(Date.now() + 60_000).toISOString())}&app=${appId}`;

  it('is a table for a spreadsheet: who had access, from whom, why, from when to when', async () => {
    const { appId, owner } = app;
    const invited: Json = await owner.mutate('invitePartner', { appId, keapId: `paula@${appId}.example`, role: 'STANDARD', name: '=HYPERLINK("http://evil.example")', reason: 'Ticket 7;=1+1' }, 'user { userId } invitation { developmentToken }');
    const paula = await service.as(`paula@${appId}.example`);
    await paula.mutate('acceptInvitation', { token: invited.invitation.developmentToken });
    const { userId } = invited.user;
    await owner.mutate('changeUserRole', { appId, userId, role: 'ADMIN', reason: 'Leads, for now' });
    await owner.mutate('removeUser', { appId, userId, reason: 'Über und aus' });
    const response = await download(auditor, always(appId));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="access-2020-01-01-to-[\dTZ-]+\.csv"$/);
    expect(response.headers.get('x-position')).toMatch(/^\d+$/);
    const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
    expect(text.startsWith(`\ufeff${COLUMNS.join(',')}\r\n`)).toBe(true);
    const rows: readonly Record<string, string>[] = parse(text, { bom: true, columns: true });
    const same = { app: appId, 'account name': `${appId} Keap Pro Recording`, name: '\'=HYPERLINK("http://evil.example")', 'Keap ID': `paula@${appId}.example`, kind: 'PARTNER', 'invited by': 'Olivia Owner' };
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(rows.filter(({ name }) => name !== 'Olivia Owner')).toEqual([
      { ...same, role: 'STANDARD', 'from (UTC)': time, 'to (UTC)': time, reason: "Ticket 7;'=1+1", 'ended by': 'role changed', 'reason of the end': 'Leads, for now' },
      { ...same, role: 'ADMIN', 'from (UTC)': time, 'to (UTC)': time, reason: 'Leads, for now', 'ended by': 'removed', 'reason of the end': 'Über und aus' },
    ]);
    expect(rows.find(({ name }) => name === 'Olivia Owner')).toMatchObject({ kind: 'USER', role: 'ADMIN', 'to (UTC)': '', 'invited by': 'an operator' });
  });

  it('is of now, of a moment, or of the time between two', async () => {
    const { appId, owner } = app;
    const before = NOW();
    const { userId } = await app.join('Paula');
    const during = NOW();
    await owner.mutate('removeUser', { appId, userId });
    const namesAt = async (query: string): Promise<readonly string[]> => (await rowsOf(owner, `?app=${appId}${query}`)).map(({ name }) => name ?? '').sort();
    const [first, second] = [before, during].map(encodeURIComponent);
    expect(await namesAt('')).toEqual(['Olivia Owner']);
    expect(await namesAt(`&asOf=${second ?? ''}`)).toEqual(['Olivia Owner', 'Paula']);
    expect(await namesAt(`&asOf=${first ?? ''}`)).toEqual(['Olivia Owner']);
    expect(await namesAt(`&from=${first ?? ''}&to=${second ?? ''}`)).toEqual(['Olivia Owner', 'Paula']);
    // Of an app that had none yet.
    expect(await namesAt('&asOf=2020-01-01')).toEqual([]);
  });

  it('is of the apps that somebody may read, and says no more about others than that they may not', async () => {
    const other = await GivenApp.register(service);
    const admin = await app.join('admin', 'ADMIN');
    const standard = await app.join('standard');
    const appsOf = async (reader: Person, query = ''): Promise<readonly string[]> => [...new Set((await rowsOf(reader, query)).map((row) => row['app'] ?? ''))];
    expect(await appsOf(admin.person)).toEqual([app.appId]);
    expect(await appsOf(auditor, `?app=${other.appId}&app=${app.appId}&app=nowhere`)).toEqual([app.appId, other.appId].sort());
    expect(await appsOf(auditor)).toEqual(expect.arrayContaining([app.appId, other.appId]));
    const answers = await Promise.all(
      ([[admin.person, other.appId], [admin.person, 'nowhere'], [standard.person, app.appId], [await service.as('operator@example.com', 'operator'), app.appId], [await service.as('stranger@example.com'), app.appId]] as const)
        .map(async ([reader, appId]) => {
          const response = await download(reader, `?app=${appId}`);
          return [response.status, response.headers.get('content-type'), await response.text()] as const;
        }),
    );
    expect(answers[0]?.[0]).toBe(403);
    expect(JSON.parse(answers[0]?.[2] ?? '')).toMatchObject({ error: { code: 'FORBIDDEN' } });
    expect(new Set(answers.map((answer) => answer.join('\n'))).size).toBe(1);
    expect((await download(await service.as('stranger@example.com'))).status).toBe(403);
    const unsigned = await download(null);
    expect([unsigned.status, unsigned.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await fetch(`${service.url}/export/access.csv`, { headers: { authorization: 'Bearer nonsense' } })).status).toBe(401);
  });

  it('is of one person, one role or one kind, where these are asked for', async () => {
    const { appId, owner } = app;
    const { person } = await app.join('Paula', 'ADMIN');
    await app.join('Uwe', 'STANDARD', 'USER');
    const namesOf = async (query: string): Promise<readonly string[]> => (await rowsOf(owner, `?app=${appId}${query}`)).map(({ name }) => name ?? '').sort();
    expect(await namesOf(`&keapId=${encodeURIComponent(person.keapId.toUpperCase())}`)).toEqual(['Paula']);
    expect(await namesOf('&role=ADMIN')).toEqual(['Olivia Owner', 'Paula']);
    expect(await namesOf('&kind=USER')).toEqual(['Olivia Owner', 'Uwe']);
    expect(await namesOf('&kind=USER&role=STANDARD&keapId=nobody%40acme.com')).toEqual([]);
  });

  it('that an auditor reads is recorded, with what they asked for', async () => {
    await rowsOf(auditor, `?app=${app.appId}&asOf=2026-03-31`);
    const last: Json[] = [];
    for await (const event of service.running.membership.store.readAll()) if (event.type === 'AuditorRead') last.push(event.data);
    expect(last.at(-1)).toMatchObject({ read: 'accessExport', appId: null, filter: { appIds: [app.appId], asOf: '2026-03-31T00:00:00.000Z' } });
  });

  it('refuses what it does not understand', async () => {
    const refusalOf = async (query: string): Promise<string> => {
      const response = await download(app.owner, query);
      expect(response.status).toBe(400);
      return ((await response.json()) as Json).error.message;
    };
    expect(await refusalOf('?asof=2026-01-01')).toContain('There is no parameter "asof"');
    expect(await refusalOf('?asOf=yesterday')).toContain('asOf must be one time in RFC 3339');
    expect(await refusalOf('?asOf=2026-01-01&asOf=2026-01-02')).toContain('asOf must be one time');
    expect(await refusalOf('?asOf=2026-01-01&from=2026-01-01')).toContain('either asOf');
    expect(await refusalOf('?from=2026-01-01')).toContain('Give from and to together');
    expect(await refusalOf('?from=2026-01-02&to=2026-01-02')).toContain('from must be before to');
    expect(await refusalOf('?asOf=2999-01-01')).toContain('in the future');
    expect(await refusalOf('?role=BOSS')).toContain('role must be one of ADMIN, STANDARD');
    expect(await refusalOf('?kind=ADMIN')).toContain('kind must be one of USER, PARTNER');
    expect(await refusalOf('?keapId=a&keapId=b')).toContain('keapId must be one Keap ID');
    expect(await refusalOf(`?keapId=${'x'.repeat(300)}`)).toContain('too long');
    expect(await refusalOf(`?${Array.from({ length: 101 }, (_, number) => `app=a${number}`).join('&')}`)).toContain('at most 100');
  });
});
