import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changesOfLines } from '../../../src/application/importing/changes';
import type { ImportReport } from '../../../src/application/importing/history';
import { rosterStream } from '../../../src/domain/streams';
import type { StoredEvent } from '../../../src/eventstore/eventStore';
import { breachesOf } from '../../support/membershipInvariants';
import { DAY_MS, MovableClock } from '../../support/movableClock';
import type { Json } from '../../support/person';
import { TestService } from '../../support/testService';

const OWNER = 'owner@example.com';
const USERS = 'query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { users { nodes { keapId kind role status joinedAt } } } }';
const at = (day: number): string => `2024-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const line = (day: number, keapId: string, change = 'joined', more: object = change === 'left' ? {} : { role: 'STANDARD' }): string => JSON.stringify({ at: at(day), keapId, change, ...more });

describe('importing a history', () => {
  const clock = new MovableClock();
  let service: TestService;
  let apps = 0;
  let appId: string;
  beforeAll(async () => {
    service = await TestService.start({ clock });
  });
  afterAll(() => service.close());
  beforeEach(() => {
    appId = `imported${++apps}`;
  });
  afterEach(async () => {
    expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
  });

  /** Imports the lines. Returns the report, or the words of the refusal. */
  const importing = async (content: string | Buffer | readonly string[], options: { readonly licences?: number; readonly owner?: string } = {}): Promise<ImportReport | string> => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : content.join('\n'));
    const source = changesOfLines(async function* () {
      // Chunks of odd sizes cut characters and line ends in two.
      for (let begin = 0; begin < bytes.length; begin += 7) yield await Promise.resolve(bytes.subarray(begin, begin + 7));
    });
    try {
      return await service.running.membership.historyImport.run({ appId, name: 'Imported', owner: OWNER, licences: 1, ...options }, source);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      await service.running.membership.caughtUp(10_000);
    }
  };
  const eventsOf = async (): Promise<StoredEvent[]> => {
    const events: StoredEvent[] = [];
    for await (const event of service.running.membership.store.readStream(rosterStream(appId))) events.push(event);
    return events;
  };
  const typesOf = async (): Promise<string[]> => (await eventsOf()).map(({ type }) => type);
  const people = async (asOf: object | null = null): Promise<Json[]> => (await (await service.as('auditor@example.com', 'auditor')).read(USERS, { appId, asOf })).app.users.nodes;
  const roles = async (): Promise<Json> => Object.fromEntries((await people()).map(({ keapId, kind, role }) => [keapId, `${kind} ${role}`]));

  describe('reads each line as it is written, or refuses it with its number', () => {
    it.each([
      ['no JSON', 'joined?', 'Line 2: the line is not a JSON object'],
      ['an array', '[]', 'Line 2: the line is not a JSON object'],
      ['a field twice', `{"at":"${at(2)}","keapId":"b@example.com","change":"joined","role":"ADMIN","role":"STANDARD"}`, 'Line 2: the field "role" stands twice.'],
      ['a field twice in another spelling', `{"at":"${at(2)}","keapId":"b@example.com","change":"joined","role":"ADMIN","r\\u006fle":"STANDARD"}`, 'Line 2: the field "role" stands twice.'],
      ['an unknown field', line(2, 'b@example.com', 'joined', { role: 'ADMIN', note: '' }), 'Line 2: the field "note" is unknown'],
      ['an unknown change', line(2, 'b@example.com', 'fired'), 'Line 2: the change "fired" is unknown'],
      ['an unknown role', line(2, 'b@example.com', 'role', { role: 'OWNER' }), 'Line 2: "role" is "OWNER"'],
      ['a role with left', line(2, 'a@example.com', 'left', { role: 'ADMIN' }), 'Line 2: "role" is not allowed'],
      ['an unknown kind', line(2, 'b@example.com', 'joined', { role: 'ADMIN', kind: 'OWNER' }), 'Line 2: "kind" is "OWNER"'],
      ['another kind than the person has', line(2, 'a@example.com', 'role', { role: 'ADMIN', kind: 'USER' }), 'Line 2: "kind" is "USER", but a@example.com is a PARTNER.'],
      ['30 February', line(2, 'b@example.com').replace('2024-01-02', '2024-02-30'), 'Line 2: "at" is "2024-02-30T00:00:00.000Z", which is not a time'],
      ['29 February of another year', line(2, 'b@example.com').replace('2024-01-02', '2023-02-29'), 'Line 2: "at" is'],
      ['an hour too many', line(2, 'b@example.com').replace('T00', 'T24'), 'Line 2: "at" is'],
      ['a time without an offset', line(2, 'b@example.com').replace('.000Z', ''), 'Line 2: "at" is'],
      ['a number as a time', '{"at":1704153600000,"keapId":"b@example.com","change":"joined","role":"ADMIN"}', 'Line 2: "at" is 1704153600000'],
      ['a time after now', line(2, 'b@example.com').replace('2024-01-02', '9999-01-02'), 'Line 2: its time 9999-01-02T00:00:00.000Z is in the future'],
      ['somebody who left without having joined', line(2, 'b@example.com', 'left'), 'this person is not in the app at that time. (NOT_A_MEMBER)'],
      ['somebody who joins twice', line(2, 'a@example.com'), 'Line 2: a@example.com joined: a@example.com is an active partner'],
      ['no address', line(2, 'nobody'), 'Line 2: "nobody": A Keap ID is an e-mail address'],
      ['a line of 10,001 characters', ' '.repeat(10_001), 'Line 2: the line has 10001 characters'],
      ['a user without a free licence', line(2, 'b@example.com', 'joined', { role: 'STANDARD', kind: 'USER' }), '(NO_LICENCE_AVAILABLE)'],
    ])('%s', async (_what, wrong, words) => {
      expect(await importing([line(1, 'a@example.com'), wrong, line(3, 'c@example.com')])).toContain(words);
      expect(await typesOf()).toEqual(['AppRegistered', 'OwnerAdded', 'ImportStarted', 'PartnerInvited', 'InvitationAccepted']);
    });

    it('a time that goes back is refused before any line that it belongs above is imported, so that the sorted file goes on', async () => {
      const lines = [line(1, 'a@example.com'), line(4, 'b@example.com'), 'wrong', line(3, 'c@example.com'), line(2, 'd@example.com'), line(5, 'e@example.com')];
      expect(await importing(lines)).toBe(`Line 4: its time ${at(3)} is before the time of a line above, ${at(4)}. Sort the lines by time.`);
      expect(await people()).toHaveLength(2);
      expect(await importing([1, 5, 4, 2, 6].map((number) => lines[number - 1] ?? ''))).toEqual({ changes: 5, alreadyThere: 1 });
    });

    it('times of other offsets, a leading byte order mark, CR LF, blank lines and no line end at the end are read', async () => {
      const lines = [line(1, 'José@example.com').replace('T00:00:00.000Z', 'T01:30:00+01:30'), '', '  ', line(2, 'b@example.com', 'joined', { role: 'ADMIN', kind: 'USER' })];
      expect(await importing(Buffer.from(`\ufeff${lines.join('\r\n')}`), { licences: 2 })).toEqual({ changes: 2, alreadyThere: 0 });
      expect(await roles()).toEqual({ [OWNER]: 'USER ADMIN', 'José@example.com': 'PARTNER STANDARD', 'b@example.com': 'USER ADMIN' });
      expect((await people()).find(({ keapId }) => keapId === 'José@example.com')).toMatchObject({ joinedAt: at(1) });
    });

    it('Latin-1 is refused on its line, and UTF-16 is named', async () => {
      expect(await importing(Buffer.from([line(1, 'a@example.com'), line(2, 'josé@example.com')].join('\n'), 'latin1'))).toBe('Line 2: the line is not UTF-8. Save the file as UTF-8, not as Latin-1 or Windows-1252.');
      for (const mark of ['\ufeff', '']) expect(await importing(Buffer.from(`${mark}${line(1, 'a@example.com')}`, 'utf16le'))).toBe('Line 1: the file is in UTF-16. Save it as UTF-8.');
    });
  });

  it('creates the keys of many people with few writes to disk', async () => {
    // SQLite counts the changes of a file in its header.
    const writes = (): number => readFileSync(join(service.dataDir, 'keys.db')).readUInt32BE(24);
    const before = writes();
    const lines = Array.from({ length: 60 }, (_, number) => line(1 + Math.floor(number / 10), `${appId}-${number}@example.com`));
    expect(await importing(lines)).toEqual({ changes: 60, alreadyThere: 0 });
    expect(writes() - before).toBeLessThan(10);
  });

  it('takes the owner\'s own lines: the first one says that they joined, as the app\'s first admin', async () => {
    const lines = [
      line(1, OWNER, 'joined', { role: 'ADMIN' }), line(2, 'b@example.com', 'joined', { role: 'ADMIN', kind: 'USER' }), line(3, OWNER, 'role', { role: 'STANDARD', kind: 'USER' }),
      line(4, OWNER, 'left'), line(5, OWNER, 'joined', { role: 'STANDARD' }),
    ];
    expect(await importing(lines, { licences: 2 })).toEqual({ changes: 5, alreadyThere: 0 });
    expect(await roles()).toEqual({ [OWNER]: 'USER STANDARD', 'b@example.com': 'USER ADMIN' });
    expect(await importing(lines)).toEqual({ changes: 5, alreadyThere: 5 });
    appId = `imported${++apps}`;
    expect(await importing([line(1, OWNER, 'joined', { role: 'ADMIN', kind: 'PARTNER' })])).toContain('"kind" is "PARTNER", but owner@example.com is the owner, who is a USER.');
    expect(await importing([line(1, OWNER, 'joined', { role: 'STANDARD' })])).toContain('(LAST_ADMIN)');
  });

  describe('again', () => {
    const whole = [line(1, 'a@example.com'), line(2, 'b@example.com', 'joined', { role: 'ADMIN' }), line(3, 'a@example.com', 'role', { role: 'ADMIN' }), line(4, 'a@example.com', 'left'), line(5, 'a@example.com')];

    it('adds what is missing, also where blank lines and spaces differ', async () => {
      expect(await importing([...whole.slice(0, 2), 'wrong'])).toContain('Line 3');
      expect(await importing(['', whole[0]!, '', whole[1]!.replaceAll(',', ' , '), ...whole.slice(2)])).toEqual({ changes: 5, alreadyThere: 2 });
      expect(await importing(whole)).toEqual({ changes: 5, alreadyThere: 5 });
      expect(await importing([...whole, line(6, 'c@example.com')])).toEqual({ changes: 6, alreadyThere: 5 });
      expect((await typesOf()).filter((type) => type.startsWith('Import'))).toEqual(['ImportStarted', 'ImportFinished']);
    });

    it.each([
      ['another time', 0, line(1, 'a@example.com').replace('T00', 'T01'), whole[0]],
      ['another person', 1, line(2, 'c@example.com', 'joined', { role: 'ADMIN' }), whole[1]],
      ['another spelling', 0, line(1, 'A@example.com'), whole[0]],
      ['another role', 1, line(2, 'b@example.com', 'joined', { role: 'STANDARD' }), whole[1]],
      ['another kind', 1, line(2, 'b@example.com', 'joined', { role: 'ADMIN', kind: 'USER' }), whole[1]],
      ['another change', 3, line(4, 'a@example.com', 'role', { role: 'STANDARD' }), whole[3]],
      ['a role that changes nothing', 2, line(3, 'a@example.com', 'role', { role: 'STANDARD' }), whole[2]],
    ])('stops at the first line that reads differently, and says both versions: %s', async (_what, index, changed, was) => {
      for (const lines of [whole, whole.slice(0, index + 1)]) {
        appId = `imported${++apps}`;
        await importing(lines);
        const before = await eventsOf();
        const answer = await importing(whole.map((text, place) => (place === index ? changed : text)));
        const { at: time, keapId, change, role }: Json = JSON.parse(was!);
        expect(answer).toContain(`Line ${index + 1}: it was imported as ${JSON.stringify({ at: time, keapId, change, role, kind: 'PARTNER' })} and now reads ${changed}.`);
        expect(await eventsOf()).toEqual(before);
      }
    });

    it('stops where an imported line was taken out', async () => {
      await importing(whole);
      expect(await importing([...whole.slice(0, 1), ...whole.slice(2)])).toContain('Line 2: it was imported as {"at":"2024-01-02');
      expect(await importing(whole.slice(0, 4))).toContain('Line 5: the file ends, but this line was imported as {"at":"2024-01-05');
    });
  });

  describe('that is not finished', () => {
    const half = [line(1, 'a@example.com', 'joined', { role: 'ADMIN' }), line(2, 'b@example.com'), 'wrong'];
    const mended = [...half.slice(0, 2), line(3, 'b@example.com', 'left'), line(4, 'u@example.com', 'joined', { role: 'STANDARD', kind: 'USER' })];
    const VIEW = 'query ($appId: ID!) { app(appId: $appId) { appId } viewer { keapId } accountCentral { accounts { nodes { appId } } invitations { appId } } }';

    it('is seen by operators and auditors only, and nothing but the import changes the app', async () => {
      await importing(half);
      const before = await eventsOf();
      const owner = await service.as(OWNER);
      const partner = await service.as('a@example.com');
      const accountsOf = ({ accountCentral }: Json): string[] => accountCentral.accounts.nodes.map(({ appId: id }: Json) => id);
      for (const person of [owner, partner]) {
        const seen = await person.read(VIEW, { appId });
        expect([seen.app, accountsOf(seen).includes(appId)]).toEqual([null, false]);
        expect(await person.mutate('invitePartner', { appId, keapId: 'x@example.com', role: 'STANDARD' })).toMatchObject({ code: 'APP_NOT_FOUND' });
        expect(await person.mutate('leaveApp', { appId, confirmAppId: appId })).toMatchObject({ code: 'APP_NOT_FOUND' });
        expect(await person.mutate('setAccountLabel', { appId, label: 'x' })).toMatchObject({ code: 'APP_NOT_FOUND' });
        expect(await person.mutate('assignContacts', { appId, userId: 'x', contactIds: ['c'] })).toMatchObject({ code: 'APP_NOT_FOUND' });
      }
      const invitationId = before.find(({ type }) => type === 'InvitationAccepted')?.data['invitationId'];
      expect(await partner.mutate('acceptInvitation', { appId, invitationId })).toMatchObject({ code: 'INVITATION_NOT_FOUND' });
      const operator = await service.as('operator@example.com', 'operator');
      expect((await operator.read(VIEW, { appId })).app).toEqual({ appId });
      expect(await operator.mutate('setLicences', { appId, licences: 7 })).toMatchObject({ code: 'FORBIDDEN', message: `The history of ${appId} is being imported. Finish the import first.` });
      expect(await operator.mutate('renameApp', { appId, name: 'Other' })).toMatchObject({ code: 'FORBIDDEN' });
      expect(await operator.mutate('registerApp', { appId, name: 'Other', licences: 1, ownerKeapId: 'x@example.com' })).toMatchObject({ code: 'APP_ID_TAKEN' });
      expect(await people()).toHaveLength(3);
      clock.pass(30 * DAY_MS);
      await service.running.membership.recovery.finish(0);
      expect(await eventsOf()).toEqual(before);

      expect(await importing(mended)).toContain('(NO_LICENCE_AVAILABLE)');
      expect(await importing(mended, { licences: 3 })).toEqual({ changes: 4, alreadyThere: 3 });
      expect(accountsOf(await owner.read(VIEW, { appId }))).toContain(appId);
      expect((await partner.read(VIEW, { appId })).app).toEqual({ appId });
      expect(await roles()).toEqual({ [OWNER]: 'USER ADMIN', 'a@example.com': 'PARTNER ADMIN', 'u@example.com': 'USER STANDARD' });
      expect(await owner.mutate('invitePartner', { appId, keapId: 'x@example.com', role: 'STANDARD' })).toMatchObject({ __typename: 'InvitePartnerSuccess' });
      expect((await people({ time: at(3) })).map(({ keapId }) => keapId).sort()).toEqual(['a@example.com', OWNER]);
      const [{ summary }] = (await (await service.as('auditor@example.com', 'auditor')).read('query ($filter: MembershipEventFilter) { membershipEvents(filter: $filter, first: 1) { nodes { summary ... on ImportFinishedEvent { changes } } } }', { filter: { appId, types: ['ImportFinished'] } })).membershipEvents.nodes;
      expect(summary).toContain('with 4 changes');
    });

    it('goes on with the same owner only', async () => {
      await importing(half);
      expect(await importing(mended, { owner: 'other@example.com' })).toContain(`was registered with the owner ${OWNER}`);
    });

    it('ends the same as one that was never wrong', async () => {
      const facts = async (): Promise<object[]> => (await eventsOf()).map(({ type, occurredAt, data }) => ({ type, occurredAt, role: data['role'], to: data['to'], changes: data['changes'] }));
      const right = [...mended.slice(0, 3)];
      await importing(half);
      await importing(right);
      const afterMending = await facts();
      appId = `imported${++apps}`;
      await importing(right);
      expect(await facts()).toEqual(afterMending);
    });
  });
});
