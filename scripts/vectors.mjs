// Writes the test vectors of docs/verifier.md to docs/vectors, from the examples of events in test/fixtures/events: npm run docs:vectors.
// Keys and nonces are new each time. test/verifier checks the files.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOP = join(import.meta.dirname, '..');
const EXAMPLES = join(TOP, 'test/fixtures/events');
const OUT = join(TOP, 'docs/vectors');
const APP = 'gx624';
const LEAVES = 11;
/** Time stamps of openssl, in replies of an authority. */
const STAMPS = join(TOP, 'test/fixtures/timestamps/openssl.json');
/** Some of whose texts are in plain text in events of older versions, so that the log has to be written anew to erase him. */
const ERASED = 'paul@example.com';
const SECRET = Buffer.alloc(32, 7);

const require = createRequire(import.meta.url);
const built = (file) => require(join(TOP, 'dist', file));
const { EmbeddedEventStore } = built('eventstore/embedded/store.js');
const { EmbeddedKeyStore } = built('eventstore/embedded/keyStore.js');
const { PersonKeys } = built('eventstore/people/keys.js');
const { SealedEventStore } = built('eventstore/people/sealedEventStore.js');
const { hashedTextOf } = built('eventstore/eventHash.js');
const { normalizeKeapId } = built('domain/keapId.js');
const { currentVersion } = built('domain/eventVersions.js');
const { textsAboutPeople } = built('domain/textsAboutPeople.js');
const { Checkpointer } = built('proofs/checkpoints/checkpointer.js');
const { countersigned, countersignedText } = built('proofs/checkpoints/countersignature.js');
const { CheckpointDirectory } = built('proofs/checkpoints/directory.js');
const { statementText } = built('proofs/checkpoints/statement.js');
const { CheckpointKey } = built('proofs/checkpoints/privateKey.js');
const { keyText } = built('proofs/checkpoints/keyStatement.js');
const { rewriteText } = built('proofs/checkpoints/rewriteStatement.js');
const { rotateKey } = built('proofs/checkpoints/signingKey.js');
const { evidenceBundle, sealedText } = built('proofs/bundle.js');
const { checkedTimeStamp, certificatesIn, tokenIn } = built('proofs/timestamps/token.js');
const { EventTree } = built('proofs/eventTree.js');
const { foldReadModels } = built('projections/past/asOf.js');
const { USER_STATUSES } = built('projections/userList/rows.js');

const directory = mkdtempSync(join(tmpdir(), 'vectors-'));
const store = EmbeddedEventStore.open(directory);
const keys = new PersonKeys(EmbeddedKeyStore.open(directory), { current: SECRET }, normalizeKeapId);
const sealed = new SealedEventStore(store, keys);
const tree = EventTree.open(':memory:', store.storeId);
try {
  await write();
  await sealed.close();
  writeAnew();
} finally {
  tree.close();
  rmSync(directory, { recursive: true, force: true });
}

/** An example of every event, in every version, in order of time. */
function examples() {
  const files = readdirSync(EXAMPLES).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8'))).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
}

async function append(events) {
  const revisions = new Map();
  const keapIds = new Map();
  for (const [index, { stream, ...event }] of events.entries()) {
    const revision = revisions.get(stream) ?? -1;
    const id = `00000000-0000-4000-8000-${String(index + 1).padStart(12, '0')}`;
    if (event.data.userId !== undefined && event.data.person) keapIds.set(event.data.userId, event.data.person.keapId);
    await sealed.append(stream, [{ id, ...event, ...aboutOf(event, keapIds) }], revision);
    revisions.set(stream, revision + 1);
  }
}

/** Texts about people are sealed since the current versions. */
function aboutOf(event, keapIds) {
  const texts = event.schemaVersion === currentVersion(event.type) ? textsAboutPeople(event) : null;
  return texts && { about: { keapId: texts.person.keapId ?? keapIds.get(texts.person.userId), paths: texts.paths } };
}

/** Everything that is sealed in an event, with the keys that open it. */
function envelopesOf({ id, data, metadata }, { person, texts, actor }) {
  const one = (place, sealedValue, disclosure, content) => (disclosure === null ? [] : [{ id, place, sealed: sealedValue, eventKey: disclosure.eventKey.toString('base64url'), content }]);
  return [
    ...one('person', data.person, person, person?.content),
    ...Object.entries(texts?.content ?? {}).flatMap(([place, text]) => one(place, place.split('.').reduce((value, name) => value[name], data), texts, { text })),
    ...one('actor', metadata.actor, actor, actor?.content),
  ];
}

async function write() {
  const events = examples();
  await append(events);
  const checkpoints = new CheckpointDirectory(join(directory, 'checkpoints'), store.storeId);
  const key = CheckpointKey.loadOrCreate(join(directory, 'checkpoint.key'));
  const now = () => '2026-04-01T00:00:00.000Z';
  const checkpointer = new Checkpointer({ store, storeId: store.storeId, tree, checkpoints, key, now, everyEvents: 20, everyMs: Infinity, report: () => undefined });
  await checkpointer.signAll();
  const stored = await collected(store.readAll());
  const own = stored.filter(({ stream }) => stream === `app-${APP}`);
  const disclosed = (await Promise.all(stored.map(async (event) => envelopesOf(event, await sealed.disclose(event))))).flat();
  const placed = ['person', 'actor', 'reason', 'removal.reason', 'label', 'remark'].flatMap((place) => disclosed.filter((envelope) => envelope.place === place).slice(0, 2));

  mkdirSync(OUT, { recursive: true });
  json('events.json', own.slice(0, 3).map(({ id, type, schemaVersion, occurredAt, stream, revision, data, metadata, dataJson, hash }, index) => ({
    id, type, schemaVersion, occurredAt, stream, revision, data, metadata,
    hashedText: hashedTextOf(own[index - 1]?.hash ?? null, { id, type, schemaVersion, occurredAt, stream, revision, metadata, dataJson }),
    hash,
  })));
  json('people.json', placed);
  const hexes = (hashes) => hashes.map((hash) => hash.toString('hex'));
  const leaves = stored.slice(0, LEAVES).map(({ hash }) => hash);
  json('tree.json', {
    leaves,
    roots: leaves.map((_leaf, index) => tree.root(index + 1).toString('hex')),
    inclusion: leaves.map((_leaf, leafIndex) => ({ leafIndex, size: LEAVES, path: hexes(tree.inclusionPath(leafIndex, LEAVES)) })),
    consistency: leaves.map((_leaf, index) => ({ from: index + 1, to: LEAVES, path: hexes(tree.consistencyPath(index + 1, LEAVES)) })),
  });
  const latest = checkpoints.latest();
  json('checkpoints.json', checkpoints.all().map((checkpoint) => ({ signedText: statementText(checkpoint.statement), checkpoint })));

  const witness = CheckpointKey.loadOrCreate(join(directory, 'witness.key'));
  json('countersigned.json', checkpoints.all().slice(0, 2).map((checkpoint) => countersigned(checkpoint, witness, '2026-04-01T00:00:07.000Z')).map((checkpoint) => ({ signedText: countersignedText(checkpoint, checkpoint.countersignature.time), checkpoint })));

  json('stamped.json', JSON.parse(readFileSync(STAMPS, 'utf8')).map(({ text, nonce, reply, ca }) => {
    const token = tokenIn(Buffer.from(reply, 'base64'), { nonce: Buffer.from(nonce, 'hex') });
    const { time, authority } = checkedTimeStamp(token, text, certificatesIn(ca));
    return { signedText: text, timeStamp: token.toString('base64'), time, authority, authorities: ca };
  }));

  const disclose = (event) => sealed.disclose(event);
  const selection = { appId: APP, from: null, to: null };
  const lines = await collected(evidenceBundle({ store, storeId: store.storeId, disclose, tree, checkpoint: latest, earlier: checkpoints.all(), keys: checkpoints.keyStatements, rewrites: checkpoints.rewrites, countersigned: [], stamped: null, key }, selection));
  writeFileSync(join(OUT, 'bundle.ndjson'), lines.map((line) => `${line}\n`).join(''));
  const { seal, ...end } = JSON.parse(lines.at(-1)).data;
  json('seal.json', { signedText: sealedText(store.storeId, end), seal });
  const { events: count, position, root } = latest.statement;
  rotateKey(join(directory, 'checkpoint.key'), checkpoints, { storeId: store.storeId, events: count, position, root, signedEvents: count, time: now(), operator: 'Olga Operator', reason: 'Yearly rotation' });
  json('keys.json', checkpoints.keyStatements.map((keyStatement) => ({ signedText: keyText(keyStatement.statement), keyStatement })));
  json('roster.json', await roster(latest.statement.position));
}

/** Erases somebody by writing the log anew, and exports the same app from the new log. */
function writeAnew() {
  cli('erase', '--keap-id', ERASED, '--rewrite');
  rmSync(join(OUT, 'rewritten.ndjson'), { force: true });
  cli('export', '--app', APP, '--out', join(OUT, 'rewritten.ndjson'));
  const statements = readFileSync(join(directory, 'checkpoints', 'rewrites.ndjson'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
  json('rewrites.json', statements.map((rewrite) => ({ signedText: rewriteText(rewrite.statement), rewrite })));
}

function cli(...args) {
  const { status, stderr } = spawnSync(process.execPath, [join(TOP, 'dist/cli/main.js'), ...args], { env: { PATH: process.env.PATH, DATA_DIR: directory, SECRET_KEY: SECRET.toString('base64'), LOG_LEVEL: 'error' }, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** The user list as of a checkpoint, in the order of user ids. */
async function roster(position) {
  const past = await foldReadModels({ store: sealed, appIds: [APP], asOf: { position }, now: '' });
  const { nodes } = past.readModels.userList.usersPage(APP, { statuses: USER_STATUSES }, { field: 'NAME', direction: 'ASC' }, { first: 200 });
  past.close();
  const users = nodes.map(({ userId, personId, keapId, name, kind, role, status, epoch, invitedAt, invitedBy, joinedAt, endedAt, invitationId, expiresAt }) =>
    ({ userId, personId, keapId, name, kind, role, status, epoch, invitedAt, invitedBy, joinedAt, endedAt, invitationId, expiresAt }));
  return { app: APP, time: past.time, users: users.sort((a, b) => (a.userId < b.userId ? -1 : 1)) };
}

function json(name, value) {
  writeFileSync(join(OUT, name), `${JSON.stringify(value, null, 2)}\n`);
}

async function collected(items) {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
}
