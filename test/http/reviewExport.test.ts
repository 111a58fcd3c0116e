import { bundleLines } from '../../src/proofs/bundle';
import type { ReadBundle } from '../../src/proofs/verify/bundleResult';
import { readBundleOrPage } from '../../src/proofs/verify/reviewPage';
import { GivenApp } from '../support/givenApp';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';

async function* bytes(response: Response): AsyncGenerator<Buffer> {
  yield Buffer.from(await response.arrayBuffer());
}

/** What `verify` makes of a downloaded file. */
const verified = (response: Response): Promise<ReadBundle> => readBundleOrPage(bundleLines(bytes(response)), null);

describe('the download of an access review', () => {
  let service: TestService;
  let app: GivenApp;
  let auditor: Person;
  let second: Person;
  let reviewId: string;
  beforeAll(async () => {
    service = await TestService.start();
    auditor = await service.as('auditor@example.com', 'auditor');
    app = await GivenApp.register(service);
    const other = await app.join('second', 'ADMIN', 'USER');
    second = other.person;
    reviewId = (await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }')).review.reviewId;
    await app.owner.mutate('decideAccess', { reviewId, userIds: [other.userId], decision: 'KEEP', remark: 'Leads the team' });
    await second.mutate('decideAccess', { reviewId, userIds: [app.ownerUserId], decision: 'KEEP' });
    await second.mutate('finishAccessReview', { reviewId });
  });
  afterAll(() => service.close());

  const download = (reader: Person | null, format: string, query: string): Promise<Response> => fetch(`${service.url}/export/review.${format}${query}`, { headers: reader === null ? {} : { authorization: `Bearer ${reader.token ?? ''}` } });
  const problemOf = async (response: Response): Promise<readonly [number, string]> => [response.status, ((await response.json()) as Json).error.message];

  it('is a sealed file at once, which verify takes, and the same one as long as there is no later checkpoint', async () => {
    const response = await download(app.owner, 'ndjson', `?review=${reviewId}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(response.headers.get('content-disposition')).toMatch(new RegExp(`^attachment; filename="access-review-${app.appId}-\\d{4}-\\d\\d-\\d\\d\\.ndjson"$`));
    const copy = response.clone();
    expect((await verified(response)).verification).toMatchObject({ findings: [], sealedBy: expect.any(String), review: { reviewId, people: 2, kept: 2 } });
    expect(await (await download(second, 'ndjson', `?review=${reviewId.toUpperCase()}`)).text()).toBe(await copy.text());
  });

  it('is a page as well, in English or German, which verify takes', async () => {
    for (const [query, title] of [['', 'Access review'], ['&language=de', 'Zugangsprüfung'], ['&language=xx', 'Access review']]) {
      const response = await download(app.owner, 'html', `?review=${reviewId}${query ?? ''}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      const copy = response.clone();
      expect((await verified(response)).verification).toMatchObject({ findings: [], review: { reviewId } });
      expect((await copy.text()).includes(`<h1>${title ?? ''}: ${app.appId}`)).toBe(true);
    }
  });

  it('is for those who may see the people of the review; others learn no more than elsewhere', async () => {
    expect((await download(auditor, 'ndjson', `?review=${reviewId}`)).status).toBe(200);
    expect(await problemOf(await download(await service.as('operator@example.com', 'operator'), 'ndjson', `?review=${reviewId}`))).toEqual([403, expect.stringContaining('auditors can see the people')]);
    const standard = await app.join('standard');
    const refused = await Promise.all([
      download(standard.person, 'ndjson', `?review=${reviewId}`), download(await service.as('stranger@example.com'), 'html', `?review=${reviewId}`),
      download(app.owner, 'ndjson', '?review=00000000-0000-4000-8000-000000000000'),
    ]);
    for (const response of refused) expect(await problemOf(response)).toEqual([404, 'There is no such access review that you can reach. Check the id.']);
    expect((await download(null, 'ndjson', `?review=${reviewId}`)).status).toBe(401);
  });

  it('that an auditor makes is recorded', async () => {
    await (await download(auditor, 'html', `?review=${reviewId}`)).text();
    const reads: unknown[] = [];
    for await (const { type, data } of service.running.membership.store.readAll()) if (type === 'AuditorRead') reads.push(data);
    expect(reads).toContainEqual(expect.objectContaining({ read: 'accessReviewExport', appId: app.appId, filter: { reviewId, format: 'html' } }));
  });

  it('waits for the sign-off, and refuses what it does not understand', async () => {
    const open = (await app.owner.mutate('startAccessReview', { appId: app.appId }, 'review { reviewId }')).review.reviewId;
    expect(await problemOf(await download(app.owner, 'ndjson', `?review=${open}`))).toEqual([409, 'The access review is open. It can be downloaded when it is signed off.']);
    expect(await problemOf(await download(app.owner, 'ndjson', ''))).toEqual([400, expect.stringContaining('review must be the id of one access review')]);
    expect(await problemOf(await download(app.owner, 'ndjson', '?review=gx624'))).toEqual([400, expect.stringContaining('a UUID')]);
    expect(await problemOf(await download(app.owner, 'ndjson', `?review=${reviewId}&review=${reviewId}`))).toEqual([400, expect.stringContaining('one access review')]);
    expect(await problemOf(await download(app.owner, 'ndjson', `?review=${reviewId}&language=de`))).toEqual([400, expect.stringContaining('There is no parameter "language"')]);
    expect(await problemOf(await download(app.owner, 'html', `?review=${reviewId}&language=german`))).toEqual([400, expect.stringContaining('two letters')]);
  });
});
