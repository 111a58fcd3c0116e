// Imports every *.history.ndjson of a folder into a fresh service and compares, over GraphQL, the app's users as of each
// moment of the *.rosters.json beside it: [{ at, users: { keapId: role } }]. Prints one line a history; exit code 1 at a difference.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';

const OWNER = 'owner@example.com';
const SECRET = 'a secret of this comparison alone, 32 bytes';
const top = join(import.meta.dirname, '..');
const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: npm run check:histories -- FOLDER   (with NAME.history.ndjson and NAME.rosters.json)\n');
  process.exit(2);
}
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.history.ndjson'))
  .map((file) => file.slice(0, -'.history.ndjson'.length));
if (names.length === 0) {
  process.stderr.write(`There is no NAME.history.ndjson in ${folder}.\n`);
  process.exit(2);
}

let differences = 0;
for (const name of names) {
  const dataDir = mkdtempSync(join(tmpdir(), 'partner-access-'));
  try {
    const env = { ...process.env, DATA_DIR: dataDir, AUTH_JWT_SECRET: SECRET, HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error', NODE_ENV: '' };
    const file = join(folder, `${name}.history.ndjson`);
    await finished(spawn(process.execPath, [join(top, 'dist/cli/main.js'), 'import', '--app', name, '--name', name, '--owner', OWNER, file], { env, stdio: ['ignore', 'ignore', 'pipe'] }));
    differences += await compare(name, env, JSON.parse(readFileSync(join(folder, `${name}.rosters.json`), 'utf8')));
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}
process.exit(differences === 0 ? 0 : 1);

async function compare(name, env, samples) {
  const server = spawn(process.execPath, [join(top, 'dist/main.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => server.once('close', resolve));
  try {
    const url = await listening(server);
    let wrong = 0;
    for (const { at, users } of samples) if (!same(users, await roster(url, name, { time: at }), `${name} as of ${at}`)) wrong += 1;
    const live = same(samples.at(-1).users, await roster(url, name, null), `${name} now`);
    process.stdout.write(`${name}: ${samples.length - wrong} of ${samples.length} rosters equal as of their moment, the live list ${live ? 'equals' : 'DIFFERS FROM'} the last one\n`);
    return wrong + (live ? 0 : 1);
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** The app's active people beside the owner, with their roles, page by page. */
async function roster(url, appId, asOf) {
  const authorization = `Bearer ${await new SignJWT({ email: 'auditor@example.com', scope: 'auditor' }).setProtectedHeader({ alg: 'HS256' }).setSubject('auditor').setExpirationTime('5m').sign(new TextEncoder().encode(SECRET))}`;
  const query = `query ($appId: ID!, $asOf: AsOf, $after: String) { app(appId: $appId, asOf: $asOf) { users(filter: { statuses: [ACTIVE] }, first: 200, after: $after) {
    nodes { keapId role } pageInfo { hasNextPage endCursor } } } }`;
  const people = {};
  for (let after = null; ; ) {
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body: JSON.stringify({ query, variables: { appId, asOf, after } }) });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    for (const { keapId, role } of data.app.users.nodes) if (keapId !== OWNER) people[keapId] = role;
    if (!data.app.users.pageInfo.hasNextPage) return people;
    after = data.app.users.pageInfo.endCursor;
  }
}

function same(expected, found, what) {
  const wrong = [...new Set([...Object.keys(expected), ...Object.keys(found)])].filter((keapId) => expected[keapId] !== found[keapId]);
  for (const keapId of wrong) process.stderr.write(`${what}: ${keapId} is ${found[keapId] ?? 'absent'}, expected ${expected[keapId] ?? 'absent'}\n`);
  return wrong.length === 0;
}

function listening(server) {
  return new Promise((resolve, reject) => {
    let printed = '';
    server.stdout.on('data', (chunk) => {
      printed += chunk;
      const found = /Listening on (\S+)/.exec(printed);
      if (found) resolve(found[1]);
    });
    server.once('close', (code) => reject(new Error(`The server ended with code ${code}.`)));
  });
}

function finished(child) {
  return new Promise((resolve, reject) => {
    let talk = '';
    child.stderr.on('data', (chunk) => (talk += chunk));
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`The import ended with code ${code}: ${talk}`))));
  });
}
