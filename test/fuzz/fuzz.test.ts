import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { startServiceProcess, type ProgramProcess } from '../support/serviceProcess';
import { temporaryDirectory } from '../support/temporaryDirectory';
import { brokenRequest, sendRaw } from './brokenHttp';
import { Dice } from './dice';
import { GeneratedOperations, type GeneratedOperation } from './generatedOperations';

const IS_SOAK = process.env['SOAK'] === '1';
const SEED = Number(process.env['FUZZ_SEED'] ?? '20260101');
const OPERATIONS = IS_SOAK ? 90_000 : 1_600;
const BROKEN = IS_SOAK ? 10_000 : 400;
const AT_ONCE = 12;
const MEBIBYTE = 1024 * 1024;
// Without a limit of its own the process collects late; with one it dies of what it cannot let go of.
const HEAP_LIMIT_MIB = 384;
const MAX_MEMORY_MIB = 640;
const SOAK_TIMEOUT_MS = 60 * 60 * 1000;

const schema = buildSchema(readFileSync(join(__dirname, '../../schema.graphql'), 'utf8'));

interface Problem {
  readonly sent: unknown;
  readonly answered: string;
}

/** Runs this number of requests, a few at a time. */
async function inParallel(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await run((next += 1));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** What is wrong with an answer to a GraphQL request; null where nothing is. */
function problemIn(status: number, text: string): string | null {
  if (status < 200 || status >= 500 || (status >= 300 && status < 400)) return `status ${status}`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'no JSON';
  }
  if (typeof body !== 'object' || body === null || !('data' in body || 'errors' in body)) return 'neither data nor errors';
  if (!('errors' in body)) return null;
  if (!Array.isArray(body.errors) || body.errors.length === 0) return 'errors is not a list';
  for (const error of body.errors as readonly { message?: unknown; extensions?: { code?: unknown } }[]) {
    if (typeof error.message !== 'string' || error.message === '' || typeof error.extensions?.code !== 'string') return 'an error without message or code';
    if (error.extensions.code === 'INTERNAL_SERVER_ERROR') return 'a fault of the server';
    if (/stack|node_modules|SQLITE|\.[jt]s:\d/i.test(error.message)) return 'something internal';
  }
  return null;
}

describe(`generated requests (FUZZ_SEED=${SEED})`, () => {
  const directory = temporaryDirectory();
  let program: ProgramProcess;
  let url = '';
  let tokens: readonly (string | null)[] = [];
  let known: readonly string[] = [];

  beforeAll(async () => {
    const started = await startServiceProcess(directory.path, { NODE_OPTIONS: `--max-old-space-size=${HEAP_LIMIT_MIB}`, UNSIGNED_REQUESTS_PER_MINUTE: '0', TOKEN_GUESSES_PER_MINUTE: '0' });
    ({ program, url } = started);
    const tokenOf = async (keapId: string, scope = ''): Promise<string> => {
      const response = await fetch(`${url}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ keapId, scope }) });
      return ((await response.json()) as { token: string }).token;
    };
    tokens = [null, await tokenOf('olivia@keap.example'), await tokenOf('paul@coach.example'), await tokenOf('stranger@example.com'), await tokenOf('op@example.com', 'operator'), await tokenOf('au@example.com', 'auditor')];
    const owner = await started.as('olivia@keap.example');
    const { app } = await owner.read('{ app(appId: "gx624") { id users { nodes { id userId invitation { invitationId } } } } }');
    known = ['gx624', app.id, ...app.users.nodes.flatMap((user: { id: string; userId: string; invitation: { invitationId: string } | null }) => [user.id, user.userId, ...(user.invitation ? [user.invitation.invitationId] : [])])];
  });
  afterAll(async () => {
    program.kill('SIGTERM');
    await program.ended;
    directory.remove();
  });

  const send = async (operation: GeneratedOperation, token: string | null): Promise<[number, string]> => {
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) }, body: JSON.stringify(operation) });
    return [response.status, await response.text()];
  };
  const memoryMiB = async (): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]) / MEBIBYTE;
  };

  it(
    'of the schema are answered in form, without a fault, within a bounded memory',
    async () => {
      const dice = new Dice(SEED);
      const operations = new GeneratedOperations(schema, dice, known);
      const problems: Problem[] = [];
      const granted = { data: 0, errors: 0 };
      const run = async (): Promise<void> => {
        const operation = operations.next();
        const [status, text] = await send(operation, dice.oneOf(tokens));
        granted[text.startsWith('{"data"') ? 'data' : 'errors'] += 1;
        const problem = problemIn(status, text);
        if (problem !== null && problems.length < 5) problems.push({ sent: JSON.stringify(operation).slice(0, 2000), answered: `${problem}: ${text.slice(0, 500)}` });
      };
      await inParallel(OPERATIONS, run);
      const memory = await memoryMiB();
      expect(problems).toEqual([]);
      // Operations that are all refused before they are executed would find nothing.
      expect(granted.data).toBeGreaterThan(OPERATIONS / 5);
      expect(granted.errors).toBeGreaterThan(OPERATIONS / 20);
      expect(memory).toBeLessThan(MAX_MEMORY_MIB);
    },
    IS_SOAK ? SOAK_TIMEOUT_MS : 120_000,
  );

  it(
    'that are broken as HTTP or JSON are answered with what they are, or not at all',
    async () => {
      const dice = new Dice(SEED + 1);
      const port = Number(new URL(url).port);
      const problems: Problem[] = [];
      await inParallel(BROKEN, async () => {
        const bytes = brokenRequest(dice);
        const text = (await sendRaw(port, bytes)).replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
        const isRight = text === '' || (/^HTTP\/1\.1 [24]\d\d /.test(text) && !/node_modules|\.[jt]s:\d/.test(text));
        if (!isRight && problems.length < 5) problems.push({ sent: bytes.toString('latin1').slice(0, 300), answered: text.slice(0, 500) });
      });
      expect(problems).toEqual([]);
      expect(await memoryMiB()).toBeLessThan(MAX_MEMORY_MIB);
    },
    IS_SOAK ? SOAK_TIMEOUT_MS : 120_000,
  );

  it('leave the service unchanged', async () => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(problemIn(...(await send({ query: '{ viewer { keapId } }', variables: {} }, tokens[1] ?? null)))).toBeNull();
  });
});
