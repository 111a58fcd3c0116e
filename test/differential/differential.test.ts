import { createHash } from 'node:crypto';
import { execute, parse, specifiedRules, validate } from 'graphql';
import { DocumentLimits } from '../../src/server/graphql/cost';
import type { HttpServerOptions, RunningHttpServer } from '../../src/server/httpServer';
import { publicErrorOf } from '../../src/server/publicErrors';
import { Dice } from '../fuzz/dice';
import { GivenApp } from '../support/givenApp';
import type { Person } from '../support/person';
import { TestService } from '../support/testService';
import { type Operation, OperationGenerator } from './operations';

const mockStarted: HttpServerOptions[] = [];

/** The schema and the contexts of the service are those that graphql-js is given alone. */
jest.mock('../../src/server/httpServer', () => {
  const actual: { startHttpServer(options: HttpServerOptions): Promise<RunningHttpServer> } = jest.requireActual('../../src/server/httpServer');
  return {
    ...actual,
    startHttpServer: (options: HttpServerOptions) => {
      mockStarted.push(options);
      return actual.startHttpServer(options);
    },
  };
});

const IS_SOAK = process.env['SOAK'] === '1';
const SEED = Number(process.env['FUZZ_SEED'] ?? '20260101');
const OPERATIONS = IS_SOAK ? 20_000 : 150;
const TIMEOUT_MS = IS_SOAK ? 4 * 60 * 60 * 1000 : 300_000;
const CORRELATION_ID = '0190a5a4-6e4f-7d2b-9b1e-0c5f2f3a4b5c';

type Asked = Pick<Operation, 'query' | 'variables'> & Partial<Pick<Operation, 'isMutation'>> & { readonly operationName?: string };

const headersOf = ({ token }: Person, { isMutation = false }: Asked): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-correlation-id': CORRELATION_ID,
  ...(token === null ? {} : { authorization: `Bearer ${token}` }),
  // What a mutation would answer, without a change that the next answer shows.
  ...(isMutation ? { 'x-dry-run': 'true' } : {}),
});

/** An answer without the events of a dry run, whose ids are new each time. */
function withoutEvents(text: string): string {
  if (!text.includes('"dryRun"')) return text;
  const answer = JSON.parse(text) as Record<string, unknown>;
  delete answer['extensions'];
  return `${JSON.stringify(answer)}\n`;
}

describe(`answers over HTTP (FUZZ_SEED=${SEED})`, () => {
  let service: TestService;
  let given: GivenApp;
  let people: readonly Person[] = [];
  let known: readonly string[] = [];

  beforeAll(async () => {
    service = await TestService.start({ env: { UNSIGNED_REQUESTS_PER_MINUTE: '0', TOKEN_GUESSES_PER_MINUTE: '0' } });
    given = await GivenApp.register(service);
    const partner = await given.join('Paula', 'ADMIN');
    const user = await given.join('Uwe', 'STANDARD', 'USER');
    const invited = await given.invite('Ida');
    await given.assign(partner.userId, 'contact-1', 'contact-2');
    const other = await GivenApp.register(service);
    people = [given.owner, given.owner, partner.person, user.person, invited.person, other.owner, await service.as('op@example.com', 'operator'), service.nobody()];
    const { app } = await given.owner.read('query ($appId: ID!) { app(appId: $appId) { id users { nodes { id userId } } } }', { appId: given.appId });
    const users: readonly { readonly id: string; readonly userId: string }[] = app.users.nodes;
    known = [given.appId, given.appId, given.appId, other.appId, app.id, invited.invitationId, 'contact-1', 'nobody@example.com', 'none', ...users.flatMap(({ id, userId }) => [id, userId])];
  });
  afterAll(() => service.close());

  const options = (): HttpServerOptions => {
    const [first] = mockStarted;
    if (first === undefined) throw new Error('no server was started');
    return first;
  };

  /** What graphql-js alone answers, as text. */
  async function expected(person: Person, { query, variables, operationName, isMutation = false }: Asked): Promise<string> {
    const { schema, createContext, signIn, progress } = options();
    const context = await createContext({
      identity: await signIn.authenticate(person.token === null ? undefined : `Bearer ${person.token}`),
      trace: { correlationId: CORRELATION_ID, clientAddress: '127.0.0.1' },
      dryRun: isMutation,
      waitFor: (position, timeoutMs) => progress.waitFor(position, timeoutMs),
    });
    const { data, errors } = await execute({ schema, document: parse(query), contextValue: context, variableValues: variables, operationName });
    for (const dispose of context.disposables) dispose();
    return `${JSON.stringify({ errors: errors?.map((error) => publicErrorOf(error, CORRELATION_ID, true)), data })}\n`;
  }

  /** Sends the operation six times: by POST, by GET, and by each name of a persisted document. */
  async function sixAnswers(person: Person, asked: Asked): Promise<readonly string[]> {
    const { query, variables, operationName } = asked;
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const persisted = { extensions: { persistedQuery: { version: 1, sha256Hash } }, variables, operationName };
    const named = { documentId: `sha256:${sha256Hash}`, variables, operationName };
    const headers = headersOf(person, asked);
    const post = (body: object): Promise<Response> => fetch(`${service.url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
    const get = (parameters: Readonly<Record<string, unknown>>): Promise<Response> => {
      if (asked.isMutation === true) return post(parameters);
      const search = new URLSearchParams(Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)] as [string, string]])));
      return fetch(`${service.url}/graphql?${search.toString()}`, { headers });
    };
    const sends = [() => post({ query, variables, operationName }), () => get({ query, variables, operationName }), () => post({ ...persisted, query }), () => get(persisted), () => post(named), () => get(named)];
    const answers: string[] = [];
    for (const send of sends) answers.push(withoutEvents(await (await send()).text()));
    return answers;
  }

  async function compared(person: Person, asked: Asked): Promise<{ readonly right: string; readonly differences: readonly object[] }> {
    const right = await expected(person, asked);
    const answers = await sixAnswers(person, asked);
    const differences = answers.flatMap((answer, sight) => (answer === right && !answer.includes('INTERNAL_SERVER_ERROR') ? [] : [{ ...asked, as: person.keapId, sight: sight + 1, answer: answer.slice(0, 1_000), right: right.slice(0, 1_000) }]));
    return { right, differences };
  }

  it(
    'are those of graphql-js alone, byte for byte, whenever and however an operation is sent',
    async () => {
      const dice = new Dice(SEED);
      const { schema } = options();
      const generator = new OperationGenerator(schema, dice, known);
      const limits = new DocumentLimits(schema);
      const found: object[] = [];
      const counts = { sent: 0, data: 0, errors: 0, generated: 0 };
      while (counts.sent < OPERATIONS && found.length < 5) {
        const { query, variables, operationNames, isMutation } = generator.next();
        counts.generated += 1;
        if (limits.problemOf(query, variables) !== null || validate(schema, parse(query), specifiedRules).length > 0) continue;
        const person = dice.oneOf(people);
        for (const operationName of operationNames) {
          const { right, differences } = await compared(person, { query, variables, operationName, isMutation });
          counts.sent += 1;
          counts[right.startsWith('{"errors"') ? 'errors' : 'data'] += 1;
          found.push(...differences);
        }
      }
      expect(found).toEqual([]);
      // Operations that are all refused, or never, would show nothing.
      expect([counts.data > OPERATIONS / 5, counts.errors > OPERATIONS / 20, counts.generated < OPERATIONS * 4]).toEqual([true, true, true]);
    },
    TIMEOUT_MS,
  );

  const SHARED = 'query A($a: Boolean!) { viewer { ...F @include(if: $a) } } query B { viewer { ...F personId } } fragment F on Viewer { name }';
  it.each<readonly [string, readonly Asked[]]>([
    ['a fragment that is spread twice under different conditions', [{ query: 'query($a: Boolean!, $b: Boolean!) { viewer { ...F @include(if: $a) ...F @include(if: $b) personId } } fragment F on Viewer { name }', variables: { a: false, b: true } }]],
    ['a fragment that another operation of the document leaves out', [{ query: SHARED, variables: { a: false }, operationName: 'A' }, { query: SHARED, variables: {}, operationName: 'B' }]],
    ['null through the default of a variable', [{ query: 'mutation($r: UserRole = STANDARD) { invitePartner(input: {appId: "app1", keapId: "n@x.example", role: $r}) { __typename } }', variables: { r: null }, isMutation: true }]],
  ])('are those of graphql-js alone for %s', async (_what, operations) => {
    for (const asked of operations) expect((await compared(people[0] ?? service.nobody(), asked)).differences).toEqual([]);
  });
});
