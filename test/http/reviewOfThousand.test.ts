import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

const APP = 'thousand';
const PEOPLE = 1_000;
const REMOVED = 40;
const AT_ONCE = 200;

describe('a review of an app of 1,000 people', () => {
  let directory: TemporaryDirectory;
  let service: TestService;
  let owner: Person;
  let second: Person;
  let reviewId: string;
  let keyId: string;
  const place = (...names: readonly string[]): string => join(directory.path, ...names);
  /** Verifies a file in a directory that has nothing else, as on another machine. */
  const verify = (name: string, text: string): Promise<Ended> => {
    mkdirSync(place('elsewhere'), { recursive: true });
    writeFileSync(place('elsewhere', name), text);
    return cliProcess(['verify', place('elsewhere', name), '--key', keyId], { DATA_DIR: place('elsewhere') }).ended;
  };
  const download = async (format: string): Promise<string> => {
    const response = await fetch(`${service.url}/export/review.${format}?review=${reviewId}`, { headers: { authorization: `Bearer ${owner.token ?? ''}` } });
    expect(response.status).toBe(200);
    return response.text();
  };
  const itemsOf = async (): Promise<Json[]> => {
    const items: Json[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { accessReview: { items: { nodes, pageInfo } } }: Json = await owner.read(
        'query ($reviewId: ID!, $after: String) { accessReview(reviewId: $reviewId) { items(first: 200, after: $after) { nodes { user { userId keapId } decision carriedOut } pageInfo { hasNextPage endCursor } } } }', { reviewId, after },
      );
      items.push(...nodes);
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    return items;
  };

  beforeAll(async () => {
    directory = temporaryDirectory();
    const history = Array.from({ length: PEOPLE - 1 }, (_, number) => JSON.stringify({ at: '2026-01-01T00:00:00Z', keapId: `p${number}@partners.example`, change: 'joined', role: number === 0 ? 'ADMIN' : 'STANDARD' }));
    writeFileSync(place('history.ndjson'), history.join('\n'));
    expect(await cliProcess(['import', '--app', APP, '--name', 'Keap Pro Recording', '--owner', 'owner@partners.example', place('history.ndjson')], { DATA_DIR: place('log') }).ended).toMatchObject({ code: 0 });
    service = await TestService.start({ env: { DATA_DIR: place('log') } });
    [owner, second] = [await service.as('owner@partners.example'), await service.as('p0@partners.example')];
  }, 120_000);
  afterAll(async () => {
    await service.close();
    directory.remove();
  });

  it('is started, decided on, signed off, exported, verified on another machine, and contradicted when one remark is changed', async () => {
    const { review } = await owner.mutate('startAccessReview', { appId: APP, note: 'Quarter 1' }, 'review { reviewId totalCount }');
    expect(review.totalCount).toBe(PEOPLE);
    ({ reviewId } = review);
    const people = (await itemsOf()).map(({ user }) => user);
    const own = people.find(({ keapId }) => keapId === owner.keapId);
    const others: string[] = people.filter((user) => user !== own).map(({ userId }) => userId);
    const toRemove = others.slice(-REMOVED);
    const toKeep = others.slice(0, -REMOVED);
    for (let from = 0; from < toKeep.length; from += AT_ONCE) await owner.mutate('decideAccess', { reviewId, userIds: toKeep.slice(from, from + AT_ONCE), decision: 'KEEP' });
    expect(await owner.mutate('decideAccess', { reviewId, userIds: toRemove, decision: 'REMOVE', remark: 'The project has ended' })).toMatchObject({ __typename: 'DecideAccessSuccess' });
    expect(await owner.mutate('finishAccessReview', { reviewId })).toMatchObject({ code: 'REVIEW_INCOMPLETE' });
    await second.mutate('decideAccess', { reviewId, userIds: [own.userId], decision: 'KEEP' });
    expect(await owner.mutate('finishAccessReview', { reviewId }, 'review { status decidedCount }')).toMatchObject({ review: { status: 'FINISHED', decidedCount: PEOPLE } });
    for (const userId of toRemove) expect(await owner.mutate('removeUser', { appId: APP, userId, reason: 'Access review of quarter 1' })).toMatchObject({ __typename: 'RemoveUserSuccess' });
    const removed = (await itemsOf()).filter(({ decision }) => decision === 'REMOVE');
    expect([removed.length, removed.every(({ carriedOut }) => carriedOut === true)]).toEqual([REMOVED, true]);

    const [file, page] = [await download('ndjson'), await download('html')];
    const [checkpoints = ''] = readdirSync(place('log', 'checkpoints'));
    ({ keyId } = parseCheckpoint(readFileSync(place('log', 'checkpoints', checkpoints), 'utf8').split('\n')[0] ?? ''));
    for (const [name, text] of [['review.ndjson', file], ['review.html', page]] as const) {
      const { code, stdout, stderr } = await verify(name, text);
      expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
      expect(stderr).toContain('1000 people, 960 keep their access and 40 do not');
      const remark = text.lastIndexOf('"remark":"The project has ended"');
      expect(remark).toBeGreaterThan(0);
      const changed = `${text.slice(0, remark)}"remark":"The project goes on"${text.slice(remark + '"remark":"The project has ended"'.length)}`;
      const contradicted = await verify(`changed ${name}`, changed);
      expect([contradicted.code, contradicted.stdout]).toEqual([1, expect.stringMatching(/^REVIEW_CHANGED: review-\S+: The remark of person \d+, p\d+@partners\.example is "The project goes on" in its line, and "The project has ended" in the signed events\.\n$/)]);
    }
    const shown = await verify('shown.html', page.replace('<td>The project has ended</td>', '<td>The project goes on</td>'));
    expect([shown.code, shown.stdout]).toEqual([1, expect.stringMatching(/^REVIEW_CHANGED: Line \d+ of the page says ".*The project goes on.*", and by the sealed file in it ".*The project has ended/)]);
  }, 120_000);
});
