import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../src/eventstore/eventHash';
import { bundleLines } from '../../src/proofs/bundle';
import { readBundleOrPage } from '../../src/proofs/verify/reviewPage';
import { Dice } from '../fuzz/dice';
import { cliProcess } from '../support/serviceProcess';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';
import type { Json } from '../support/person';
import { TOP } from '../support/snippets';
import { givenLog, KINDS, type GivenLog, type Kind } from './givenLogs';
import { CHANGES, Draft, KEPT_CHANGES, OTHER_CHANGES, type Change } from './mutations';
import { SecondVerifier, type Evidence } from './secondVerifier';

const SOAK = process.env['SOAK'] === '1';
const LOGS = SOAK ? 20 : KINDS.length;
const SEED = 20_260_401;

/** What nobody finds, since it says nothing else than before. */
const HARMLESS = ['another key and the right one', 'line ends of mail programs', 'no line end at the end', 'the checkpoints that were kept', 'kept checkpoints of both logs'];

/** What only the seal excludes: nobody finds it who names no key, where somebody seals it again. */
const UNDER_THE_SEAL = [
  'an event more at the end, with a right hash', 'the last events less', 'a person called erased', 'a person not disclosed', 'a key of a person as another text',
  'no proofs of consistency', 'no list of proofs of consistency', 'a proof of consistency', 'no statement about keys', 'no statement about a log that was written anew', 'no countersigned checkpoint',
];

/** Where a change is another one than its name says, or finds something for another reason. */
const LEFT_OUT: Readonly<Record<string, readonly Kind[]>> = {
  'an event more at the end, with a right hash': ['review'],
  'the last events less': ['whole', 'review'],
  'a person called erased': ['review'],
  'a person not disclosed': ['review'],
  'an event less within its stream': ['review', 'administration'],
  'the first event less': ['part', 'review', 'administration'],
  'no proofs of consistency': ['witnessed'],
  'no list of proofs of consistency': ['witnessed'],
  'a proof of consistency': ['witnessed'],
  'a beginning that was asked for': ['review'],
  'an end that was asked for': ['review'],
};

async function* each(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

/** What was kept has nothing to do with the bundle, so that the option cannot be used. */
const NOT_COMPARABLE = 'kept checkpoints of another log';

describe('the verifier in Python, written from docs/verifier.md alone', () => {
  let directory: TemporaryDirectory;
  let second: SecondVerifier;
  const logs: GivenLog[] = [];
  const dice = new Dice(SEED);
  beforeAll(async () => {
    directory = temporaryDirectory();
    second = await SecondVerifier.start();
    for (let number = 0; number < LOGS; number += 1) {
      const place = join(directory.path, String(number));
      mkdirSync(place);
      logs.push(await givenLog(KINDS[number % KINDS.length]!, place, new Dice(SEED + number)));
    }
  }, SOAK ? 900_000 : 300_000);
  afterAll(() => {
    second.stop();
    directory.remove();
  });

  /** What `verify` says at the command line, with everything that was kept. */
  const verify = async ({ bundle, keys, witnessKeys = [], kept = [], previous = [] }: Evidence): Promise<{ code: number | null; result: Json }> => {
    const write = (name: string, content: Buffer): string => {
      writeFileSync(join(directory.path, name), content);
      return join(directory.path, name);
    };
    const older = previous.map((content, number) => write(`older-${number}`, content));
    const options = { '--checkpoints': kept.length > 0 ? [write('kept', Buffer.concat(kept))] : [], '--key': keys, '--witness-key': witnessKeys, '--previous': older };
    const args = Object.entries(options).flatMap(([name, values]) => (values.length > 0 ? [name, ...values] : []));
    const { code, stdout } = await cliProcess(['verify', write('bundle', bundle), '--json', ...args], { DATA_DIR: directory.path }).ended;
    return { code, result: stdout === '' ? null : JSON.parse(stdout) };
  };

  /** A change in a log where it changes something, or in all of those for a soak. */
  const changed = (name: string, change: Change): Draft[] => {
    const drafts: Draft[] = [];
    for (const log of dice.shuffled(logs)) {
      if (drafts.length > 0 && !SOAK) break;
      const draft = new Draft(log, dice.oneOf(logs.filter((one) => one !== log)), dice);
      const { bundle, keys, kept, previous } = draft.evidence;
      if (LEFT_OUT[name]?.includes(log.kind)) continue;
      change(draft);
      const now = draft.evidence;
      if (!now.bundle.equals(bundle) || now.keys !== keys || now.kept !== kept || now.previous !== previous) drafts.push(draft);
    }
    return drafts;
  };

  /** What both find in a bundle by itself. */
  const found = async (draft: Draft): Promise<{ first: string[]; second: string[] }> => {
    const { bundle, keys } = draft.evidence;
    const { verification } = await readBundleOrPage(bundleLines(each(bundle)), keys.length > 0 ? [...keys] : null);
    const { findings } = await second.verify({ bundle, keys });
    return { first: [...new Set(verification.findings.map(({ what }) => what))], second: [...new Set(findings.map(({ code }) => code))] };
  };

  it('agrees with `verify` about what the product wrote, and rebuilds the user list that GraphQL shows', async () => {
    for (const log of logs) {
      const { code, result } = await verify(log.evidence);
      const { findings, summary, rosters } = await second.verify(log.evidence);
      const { storeId, events, provenEvents, checkpoint, sealedBy } = summary;
      expect({ kind: log.kind, code, findings }).toEqual({ kind: log.kind, code: 0, findings: [] });
      expect(result).toMatchObject({ ok: true, findings: [], storeId, events, provenEvents, checkpoint, sealedBy });
      expect(events).toBeGreaterThan(3);
      if (log.users === null) continue;
      const shown = log.users.map((user) => ({ ...user, invitedBy: user.invitedBy?.userId ?? null }));
      const byId = (one: Json, other: Json): number => (one.userId < other.userId ? -1 : 1);
      expect(rosters[log.appId]).toMatchObject(shown.sort(byId));
    }
  }, SOAK ? 300_000 : undefined);

  it('finds every change of a bundle that `verify` finds, and no other', async () => {
    let count = 0;
    const accepted = new Set<string>();
    const acceptedAgain = new Set<string>();
    const unlike: object[] = [];
    const examine = async (name: string, draft: Draft, again: boolean): Promise<void> => {
      count += 1;
      const findings = await found(draft);
      if (findings.second.length === 0 && findings.first.length === 0) (again ? acceptedAgain : accepted).add(name);
      // The second one goes on after a finding, so it finds more of the consequences.
      else if (findings.first.length === 0 || !findings.first.every((what) => findings.second.includes(what))) unlike.push({ name, again, kind: draft.log.kind, ...findings });
    };
    for (const [name, change] of Object.entries(CHANGES)) {
      const drafts = changed(name, change);
      expect({ name, drafts: drafts.length }).not.toEqual({ name, drafts: 0 });
      for (const draft of drafts) {
        await examine(name, draft, false);
        draft.sealAgain();
        await examine(name, draft, true);
      }
    }
    for (const [name, change] of Object.entries(OTHER_CHANGES)) {
      const drafts = changed(name, change);
      expect({ name, drafts: drafts.length }).not.toEqual({ name, drafts: 0 });
      for (const draft of drafts) await examine(name, draft, false);
    }
    expect(unlike).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(200);
    expect([...accepted].sort()).toEqual(HARMLESS.filter((name) => name in OTHER_CHANGES).sort());
    expect([...acceptedAgain].sort()).toEqual([...UNDER_THE_SEAL].sort());
  }, SOAK ? 1_800_000 : undefined);

  it('fits the vector of a log that was written anew to the checkpoints and the bundle that were kept of the log before, and to no other', async () => {
    const vector = (name: string): Buffer => readFileSync(join(TOP, 'docs/vectors', name));
    const checkpoints: readonly Json[] = JSON.parse(vector('checkpoints.json').toString()).map(({ checkpoint }: Json) => checkpoint);
    const evidence = { bundle: vector('rewritten.ndjson'), keys: [checkpoints[0].keyId], kept: [Buffer.from(checkpoints.map((checkpoint) => `${canonicalJson(checkpoint)}\n`).join(''))], previous: [vector('bundle.ndjson')] };
    expect(await verify(evidence)).toMatchObject({ code: 0, result: { findings: [], comparedCheckpoints: checkpoints.length + 1 } });
    expect(await second.verify(evidence)).toMatchObject({ findings: [] });
    // The bundle of the log before, and the new one in the place of what was kept: nobody goes on with the log before.
    const reversed = { ...evidence, bundle: vector('bundle.ndjson'), kept: [], previous: [vector('rewritten.ndjson')] };
    expect(await verify(reversed)).toMatchObject({ code: 1 });
    expect((await second.verify(reversed)).findings).not.toEqual([]);
  });

  it('compares a bundle with what was kept as `verify` does', async () => {
    for (const [name, change] of Object.entries(KEPT_CHANGES)) {
      const [draft] = name === 'the checkpoints that were kept' ? [new Draft(dice.oneOf(logs), logs[0]!, dice)] : changed(name, change);
      const { evidence, log } = draft!;
      const { code } = await verify(evidence);
      const { findings } = await second.verify(evidence);
      const isHarmless = HARMLESS.includes(name);
      expect({ name, kind: log.kind, code, found: findings.length > 0 }).toEqual({ name, kind: log.kind, code: isHarmless ? 0 : name === NOT_COMPARABLE ? 2 : 1, found: !isHarmless });
    }
  });
});
