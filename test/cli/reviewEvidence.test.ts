import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/eventstore/eventHash';
import { parseCheckpoint } from '../../src/proofs/checkpoints/statement';
import { findingLine } from '../../src/proofs/verify/findings';
import { readBundleOrPage } from '../../src/proofs/verify/reviewPage';
import { GivenApp } from '../support/givenApp';
import { cliProcess, type Ended } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';

/** A note that would end the file in the page and run a script, if it were not escaped. */
const NOTE = 'Quarter 1 </template><script>alert("1")</script> & more';

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}

describe('the file of an access review', () => {
  let directory: TemporaryDirectory;
  let keyId: string;
  let reviewId: string;
  let openId: string;
  let lines: readonly string[];
  let ownerKeapId: string;
  let coachKeapId: string;
  let ended: Ended;
  const place = (name: string): string => join(directory.path, name);
  const cli = (...args: readonly string[]): Promise<Ended> => cliProcess(args, { DATA_DIR: place('log') }).ended;
  /** Verifies lines in a directory that has nothing but them. */
  const verify = async (changed: readonly string[], ...args: readonly string[]): Promise<Ended> => {
    mkdirSync(place('elsewhere'), { recursive: true });
    const file = join(place('elsewhere'), 'review.ndjson');
    writeFileSync(file, `${changed.join('\n')}\n`);
    return cliProcess(['verify', file, ...args], { DATA_DIR: place('elsewhere') }).ended;
  };
  /** What is found in lines, as the command prints it. */
  const findings = async (changed: readonly string[]): Promise<string> => (await readBundleOrPage(each(changed), [keyId])).verification.findings.map(findingLine).join('\n');
  const linesOf = (type: string, from: readonly string[] = lines): Json[] => from.map((line) => JSON.parse(line)).filter((line) => line.type === `partner-access.${type}`);

  beforeAll(async () => {
    directory = temporaryDirectory();
    const service = await TestService.start({ env: { DATA_DIR: place('log') } });
    const app = await GivenApp.register(service);
    const second = await app.join('second', 'ADMIN', 'USER');
    const coach = await app.join('coach');
    [ownerKeapId, coachKeapId] = [app.owner.keapId, coach.person.keapId];
    const auditor = await service.as('auditor@reviews.example', 'auditor');
    const start = async (): Promise<string> => (await auditor.mutate('startAccessReview', { appId: app.appId, note: NOTE }, 'review { reviewId }')).review.reviewId;
    [reviewId, openId] = [await start(), await start()];
    await app.owner.mutate('decideAccess', { reviewId, userIds: [second.userId], decision: 'KEEP' });
    await app.owner.mutate('decideAccess', { reviewId, userIds: [coach.userId], decision: 'KEEP' });
    await app.owner.mutate('decideAccess', { reviewId, userIds: [coach.userId], decision: 'REMOVE', remark: 'The project has ended' });
    await second.person.mutate('decideAccess', { reviewId, userIds: [app.ownerUserId], decision: 'KEEP' });
    await second.person.mutate('finishAccessReview', { reviewId });
    await app.join('later');
    await service.close();
    ended = await cli('export', '--review', reviewId, '--out', place('review.ndjson'));
    lines = readFileSync(place('review.ndjson'), 'utf8').trimEnd().split('\n');
    const [file = ''] = readdirSync(join(place('log'), 'checkpoints'));
    ({ keyId } = parseCheckpoint(readFileSync(join(place('log'), 'checkpoints', file), 'utf8').split('\n')[0] ?? ''));
  }, 120_000);
  afterAll(() => { directory.remove(); });

  it('says who was reviewed, what was decided and by whom, and has each event of the review with its proof', () => {
    expect(ended).toMatchObject({ code: 0, stderr: `${lines.length} lines.\n` });
    expect(linesOf('review')).toMatchObject([{ data: { reviewId, appName: 'Keap Pro Recording', note: NOTE, dueAt: null, people: 3, kept: 2, removed: 1, startedBy: { kind: 'AUDITOR', userId: null, keapId: 'auditor@reviews.example' }, finishedBy: { kind: 'MEMBER', name: 'second' } } }]);
    expect(linesOf('reviewed-person').map(({ data }) => data)).toMatchObject([
      { number: 1, keapId: ownerKeapId, name: 'Olivia Owner', kind: 'USER', role: 'ADMIN', decision: 'KEEP', remark: null, decidedBy: { name: 'second' } },
      { number: 2, name: 'second', decision: 'KEEP', decidedBy: { keapId: ownerKeapId } },
      { number: 3, keapId: coachKeapId, name: 'coach', kind: 'PARTNER', role: 'STANDARD', decision: 'REMOVE', remark: 'The project has ended', decidedBy: { keapId: ownerKeapId } },
    ]);
    expect(lines.slice(5, -1).map((line) => JSON.parse(line)).filter(({ subject }) => subject === `review-${reviewId}`).map(({ type, inclusionproof }) => [type, typeof inclusionproof])).toEqual(
      ['AccessReviewStarted', 'AccessReviewListed', 'AccessDecided', 'AccessDecided', 'AccessDecided', 'AccessDecided', 'AccessReviewFinished'].map((type) => [`partner-access.${type}`, 'string']),
    );
    expect(lines.join('\n')).not.toContain('later');
  });

  it('has the same bytes when it is exported again', async () => {
    const { stdout } = await cli('export', '--review', reviewId.toUpperCase());
    expect(stdout.trimEnd().split('\n')).toEqual(lines);
  });

  it('is verified with nothing but the file and the id of the key', async () => {
    const { code, stdout, stderr } = await verify(lines, '--key', keyId);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`access review ${reviewId} of`);
    expect(stderr).toMatch(/3 people, 2 keep their access and 1 do not, signed off at .*; 0 findings\.\n$/);
    const json = JSON.parse((await verify(lines, '--key', keyId, '--json')).stdout);
    expect(json).toMatchObject({ ok: true, review: { reviewId, people: 3, removed: 1 } });
  });

  it('is compared with the checkpoints and the bundles that were kept', async () => {
    cpSync(join(place('log'), 'checkpoints'), place('kept'), { recursive: true });
    await cli('export', '--out', place('whole.ndjson'));
    expect(await verify(lines, '--key', keyId, '--checkpoints', place('kept'), '--previous', place('whole.ndjson'))).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/compared with (\d+) of \1 checkpoints/) });
  });

  const edited = (type: string, index: number, change: (line: Json) => void): string[] => {
    let seen = 0;
    return lines.map((text) => {
      const line = JSON.parse(text);
      if (line.type !== `partner-access.${type}` || seen++ !== index) return text;
      change(line);
      return canonicalJson(line);
    });
  };

  it.each<[string, string, number, (line: Json) => void, RegExp]>([
    ['a remark', 'reviewed-person', 2, ({ data }) => { data.remark = 'He may stay'; }, /^REVIEW_CHANGED: review-\S+: The remark of person 3, \S+ is "He may stay" in its line, and "The project has ended" in the signed events\.$/m],
    ['a decision', 'reviewed-person', 2, ({ data }) => { data.decision = 'KEEP'; }, /^REVIEW_CHANGED: .*The decision of person 3, .* is "KEEP" in its line, and "REMOVE" in the signed events\.$/m],
    ['a person', 'reviewed-person', 2, ({ data }) => { data.keapId = 'somebody@else.example'; }, /^REVIEW_CHANGED: .*The Keap ID of person 3/],
    ['a role', 'reviewed-person', 1, ({ data }) => { data.role = 'STANDARD'; }, /^REVIEW_CHANGED: .*The role of person 2/],
    ['who decided', 'reviewed-person', 0, ({ data }) => { data.decidedBy.keapId = 'somebody@else.example'; }, /^REVIEW_CHANGED: .*The Keap ID of the reviewer of person 1, \S+ is \"somebody@else\.example\" in its line/],
    ['when it was decided', 'reviewed-person', 0, ({ data }) => { data.decidedAt = '2020-01-01T00:00:00.000Z'; }, /^REVIEW_CHANGED: .*The time of the decision of person 1/],
    ['the date of the sign-off', 'review', 0, ({ data }) => { data.finishedAt = '2020-01-01T00:00:00.000Z'; }, /^REVIEW_CHANGED: .*The time of the sign-off of the review is/],
    ['the note', 'review', 0, ({ data }) => { data.note = null; }, /^REVIEW_CHANGED: .*The note of the review is empty in its line, and "Quarter 1 .* & more" in the signed events\.$/m],
    ['something that was added to a line', 'reviewed-person', 0, ({ data }) => { data.comment = 'x'; }, /^REVIEW_CHANGED: .*has a field that does not belong there\.$/m],
    ['the remark in the event', 'AccessDecided', 2, ({ data }) => { data.remark = 'He may stay'; }, /^EVENT_EDITED: review-\S+, revision 4, /],
    ['the decision in the event', 'AccessDecided', 2, ({ data }) => { data.decision = 'KEEP'; }, /^EVENT_EDITED: /],
    ['the list in the event', 'AccessReviewListed', 0, ({ data }) => { data.people.pop(); }, /^EVENT_EDITED: /],
    ['a name in an event', 'InvitationAccepted', 0, (line) => { line.personjson = canonicalJson({ keapId: 'somebody@else.example', name: null }); }, /^EVENT_EDITED: app-\S+/],
    ['data that make no sense', 'AccessReviewListed', 0, ({ data }) => { data.people = 7; }, /^EVENT_EDITED: /],
  ])('is contradicted when something else stands for %s', async (_what, type, index, change, finding) => {
    expect(await findings(edited(type, index, change))).toMatch(finding);
  });

  it('is contradicted when lines are missing, exchanged or added', async () => {
    const without = (index: number): string[] => lines.filter((_, at) => at !== index);
    const eventAt = (type: string): number => lines.findIndex((line) => line.includes(`"partner-access.${type}"`));
    expect(await findings(without(4))).toMatch(/^REVIEW_CHANGED: .*The line of person 3, .* is missing\.$/m);
    expect(await findings(without(3))).toMatch(/^REVIEW_CHANGED: .*Another line stands where that of person 2/m);
    expect(await findings([...lines.slice(0, 5), lines[4] ?? '', ...lines.slice(5)])).toMatch(/^REVIEW_CHANGED: .*It has 1 more lines than people\.$/m);
    expect(await findings(without(eventAt('AccessDecided')))).toMatch(/^EVENT_REMOVED: review-/);
    expect(await findings(without(eventAt('AccessReviewFinished')))).toMatch(/^REVIEW_NOT_SIGNED_OFF: .*Nobody has signed it off\.$/m);
    expect(await findings(without(eventAt('InvitationAccepted')))).toMatch(/^REVIEW_CHANGED: .*The user id of the signatory of the review is "\S+" in its line, and empty in the signed events\.$/m);
    expect(await findings(lines.slice(0, -1))).toMatch(/^TAIL_CUT_OFF: /);
  });

  it('is contradicted by the command too, which names the remark', async () => {
    const { code, stdout } = await verify(edited('reviewed-person', 2, ({ data }) => { data.remark = 'He may stay'; }), '--key', keyId);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^REVIEW_CHANGED: review-\S+: The remark of person 3, \S+ is "He may stay" in its line, and "The project has ended" in the signed events\.\n$/)]);
  });

  describe('as a page', () => {
    let page: readonly string[];
    const lineWith = (text: string): number => page.findIndex((line) => line.includes(text));
    const replaced = (text: string, by: string): string[] => page.map((line, index) => (index === lineWith(text) ? line.replace(text, by) : line));

    beforeAll(async () => {
      expect(await cli('export', '--review', reviewId, '--format', 'html', '--out', place('review.html'))).toMatchObject({ code: 0 });
      page = readFileSync(place('review.html'), 'utf8').trimEnd().split('\n');
    });

    it('says who was reviewed and what was decided, and holds the sealed file, the checkpoint and the id of its key', () => {
      const shown = page.slice(0, lineWith('<template'));
      const rows = shown.filter((line) => line.startsWith('<tr>'));
      expect(rows).toHaveLength(3);
      expect(rows[2]).toMatch(/<td>3<\/td><th scope="row">coach<br>.*<td>Partner<\/td><td>Standard<\/td><td><strong class="remove">Remove<\/strong><\/td><td>The project has ended<\/td><td>Olivia Owner \(.*<\/td><td>\d{4}-\d\d-\d\d \d\d:\d\d UTC<\/td>/);
      expect(shown.join('\n')).toContain(`<dt>ID of the key</dt><dd>${keyId}</dd>`);
      expect(page.slice(lineWith('<template') + 1, lineWith('</template>'))).toHaveLength(lines.length);
    });

    it('runs no script, asks no other address, and escapes what people wrote', () => {
      const text = page.join('\n');
      expect(page.filter((line) => /<script|<img|<link|<iframe|<[^>]*\s(?:on\w+|src|href)=/i.test(line))).toEqual([]);
      expect(page.slice(0, lineWith('<template')).filter((line) => /https?:\/\/|url\(|@import/i.test(line))).toEqual([]);
      expect(text.slice(0, text.indexOf('<template'))).toContain('Quarter 1 &lt;/template&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more');
      expect(page).toContainEqual(expect.stringContaining('<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'));
    });

    it('has the colours of the console', () => {
      const tokens = readFileSync(join(__dirname, '../../web/src/style/tokens.css'), 'utf8');
      const used = page.filter((line) => /^ {2}--/.test(line));
      expect(used.length).toBeGreaterThan(5);
      for (const token of used) expect(tokens).toContain(token.trim());
    });

    it('is verified like the file, in each language', async () => {
      expect(await cliProcess(['verify', place('review.html'), '--key', keyId], {}).ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining(`access review ${reviewId}`) });
      const { stdout } = await cli('export', '--review', reviewId, '--format', 'html', '--language', 'de');
      expect(stdout).toContain('<html lang="de">');
      expect(stdout).toContain('<strong class="remove">Entfernen</strong>');
      expect(await findings(stdout.trimEnd().split('\n'))).toBe('');
    });

    it.each([
      ['a remark', '<td>The project has ended</td>', '<td>He may stay</td>', /^REVIEW_CHANGED: Line \d+ of the page says "3 coach .* He may stay .*", and by the sealed file in it "3 coach .* The project has ended /],
      ['a decision', '<strong class="remove">Remove</strong>', '<strong class="keep">Keep</strong>', /^REVIEW_CHANGED: Line \d+ of the page says "3 coach .* Keep /],
      ['how a decision looks', 'class="remove"', 'class="keep"', /^REVIEW_CHANGED: Line \d+ of the page has another form than the sealed file in it gives\.$/m],
      ['the key', '<dt>ID of the key</dt><dd>', '<dt>ID of the key</dt><dd>0', /^REVIEW_CHANGED: Line \d+ of the page says "ID of the key 0/],
      ['a remark in the file', '"remark":"The project has ended"', '"remark":"He may stay"', /^REVIEW_CHANGED: review-\S+: The remark of person 3, /],
    ])('is contradicted when something else stands for %s', async (_what, text, by, finding) => {
      expect(await findings(replaced(text, by))).toMatch(finding);
    });

    it('is contradicted when something was added or left out', async () => {
      expect(await findings([...page, '<p>All of it is approved.</p>'])).toBe('REVIEW_CHANGED: The page has more lines than the sealed file in it gives.');
      expect(await findings(page.filter((line) => !line.startsWith('<tr><td>3')))).toMatch(/^REVIEW_CHANGED: The page has fewer lines than the sealed file in it gives\. Line \d+ of the page says \"\", and by the sealed file in it \"3 coach /);
      expect(await findings(page.slice(0, lineWith('<template')))).toMatch(/^BUNDLE_UNREADABLE: /);
      expect(await findings(page.slice(0, lineWith('</template>') - 1))).toMatch(/^TAIL_CUT_OFF: /);
      await expect(findings(page.map((line) => line.replace('review page 1', 'review page 0')))).rejects.toThrow('Another version of this program made the page');
    });
  });

  it('is not made of a review that is open, or not there', async () => {
    expect(await cli('export', '--review', openId)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is open. It can be exported when it is signed off.') });
    expect(await cli('export', '--review', '00000000-0000-4000-8000-000000000000')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('has no access review') });
    expect(await cli('export', '--review', reviewId, '--app', 'gx624')).toMatchObject({ code: 2, stdout: '' });
    expect(await cli('export', '--review', reviewId, '--format', 'csv')).toMatchObject({ code: 2, stdout: '' });
    expect(await cli('export', '--format', 'html')).toMatchObject({ code: 2, stdout: '' });
  });

  it('is not made with a checkpoint of before the sign-off', async () => {
    const [before = ''] = readFileSync(join(place('log'), 'checkpoints', readdirSync(join(place('log'), 'checkpoints'))[0] ?? ''), 'utf8').split('\n');
    expect(await cli('export', '--review', reviewId, '--checkpoint', parseCheckpoint(before).statement.position)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('was signed before the review was signed off') });
  });

  it('names nobody who was erased since, and fits its proofs', async () => {
    cpSync(place('log'), place('erased'), { recursive: true });
    expect(await cliProcess(['erase', '--keap-id', coachKeapId], { DATA_DIR: place('erased') }).ended).toMatchObject({ code: 0 });
    const { stdout } = await cliProcess(['export', '--review', reviewId], { DATA_DIR: place('erased') }).ended;
    for (const about of [coachKeapId, 'The project has ended']) expect(stdout.includes(about)).toBe(false);
    const now = stdout.trimEnd().split('\n');
    expect(linesOf('reviewed-person', now)[2].data).toMatchObject({ keapId: 'erased person #1', name: null, decision: 'REMOVE', remark: 'erased with person #1' });
    expect(await verify(now, '--key', keyId)).toMatchObject({ code: 0, stdout: '' });
  });
});
