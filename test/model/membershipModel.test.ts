import fc from 'fast-check';
import { StoreUnavailable } from '../../src/eventstore/eventStore';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { breachesOf } from '../support/membershipInvariants';
import type { Json } from '../support/person';
import { TestService } from '../support/testService';
import { AppUnderTest, type Observation } from './appUnderTest';
import { afterExpiry, initialModel, predict, type Model, type Prediction, type Wish } from './membershipModel';
import { alongsideOthers, BEGINNING, livesOf, wishOf, type Step } from './wishes';

const RUNS = Number(process.env['MODEL_RUNS'] ?? 12);
const MAX_STEPS = 40;
const LICENCES = 3;
const RUN_LIMIT_MS = 20_000;

/** An app of the service and the model of it, which run the same steps. */
class Life {
  #model = initialModel(LICENCES);
  #steps = 0;

  constructor(
    private readonly service: TestService,
    private readonly clock: MovableClock,
    private readonly app: AppUnderTest,
  ) {}

  /** Adds the first members. */
  async begin(): Promise<void> {
    for (const wish of BEGINNING) await this.#together([wish]);
  }

  /**
   * Runs one step.
   * @throws Error when the service and the model differ.
   */
  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'alone':
        return this.#together([wishOf(step.draft, this.#model, (name) => this.app.knowsUser(name))]);
      case 'together':
        return this.#together(step.drafts.map((draft) => alongsideOthers(wishOf(draft, this.#model, (name) => this.app.knowsUser(name)))));
      case 'expiry':
        this.clock.pass(7 * DAY_MS);
        return this.#settle([afterExpiry(this.#model)], step);
      case 'trouble':
        return this.#trouble(step);
    }
  }

  /** The answers and the resulting state must equal those of some sequential order of the requests. */
  async #together(wishes: readonly Wish[]): Promise<void> {
    this.#steps += 1;
    const sent = wishes.map((wish, index) => ({ wish, name: `${this.#steps}.${index}` }));
    const answers = await Promise.all(sent.map(({ wish }) => this.app.send(wish)));
    const answered = sent.map((one, index) => ({ ...one, outcome: this.app.outcome(one.wish, answers[index]!, one.name) }));
    const explained = ordersOf(answered).flatMap((order) => {
      let model = this.#model;
      for (const { wish, name, outcome } of order) {
        const expected = predict(model, wish, name);
        if (!sameAnswer(expected.prediction, outcome)) return [];
        model = expected.model;
      }
      return [model];
    });
    await this.#settle(explained, answered);
  }

  async #trouble({ draft, failingAppend, written, restart, repeat }: Extract<Step, { kind: 'trouble' }>): Promise<void> {
    this.#steps += 1;
    const wish = wishOf(draft, this.#model, (name) => this.app.knowsUser(name));
    const name = `${this.#steps}`;
    const { prediction, model } = predict(this.#model, wish, name);
    // The operator is the same person in every app.
    const key = repeat ? `${this.app.appId} ${this.#steps}` : undefined;
    const repair = this.#breakStore(failingAppend, written);
    const first = this.app.outcome(wish, await this.app.send(wish, key), name);
    repair();
    if (restart) await this.service.restart();
    const { membership } = this.service.running;
    await membership.caughtUp(10_000);
    await membership.recovery.finish(0);
    const second = repeat ? this.app.outcome(wish, await this.app.send(wish, key), name) : null;
    for (const outcome of [first, second]) if (outcome !== null && !sameAnswer(prediction, outcome)) throw new Error(`The answer is another one: ${JSON.stringify({ wish, prediction, outcome })}`);
    await this.#settle(first === null && !repeat ? [this.#model, model] : [model], { wish, prediction, first, second });
  }

  /** Keeps the candidate model that matches the service. */
  async #settle(models: readonly Model[], step: unknown): Promise<void> {
    const observation = await this.app.observe();
    const found = models.find((model) => this.app.matches(model, observation));
    if (!found) throw new Error(`No order of the rules explains this: ${JSON.stringify({ step, before: plain(this.#model), expected: models.map(plain), observation })}`);
    this.app.learn(found, observation);
    this.#model = found;
    await this.#checkInvariants(observation);
  }

  async #checkInvariants({ licences, users }: Observation): Promise<void> {
    expect(licences.available).toBeGreaterThanOrEqual(0);
    const ofUsers = (status: string): number => users.filter((user) => user.kind === 'USER' && user.status === status).length;
    expect([licences.used, licences.reserved]).toEqual([ofUsers('ACTIVE'), ofUsers('INVITED')]);
    expect(users.filter((user) => user.kind === 'USER' && user.role === 'ADMIN' && user.status === 'ACTIVE').length).toBeGreaterThan(0);
    const assigned = users.flatMap((user: Json) => user.assignedContacts.nodes.map(({ contactId }: Json) => contactId));
    expect(new Set(assigned).size).toBe(assigned.length);
    expect(users.filter((user) => user.status !== 'ACTIVE' && user.assignedContactCount > 0)).toEqual([]);
    const { invitations } = await this.service.running.membership.rosters.load(this.app.appId);
    const open = [...invitations.values()].filter(({ status, expiresAt }) => status === 'OPEN' && this.clock.now() < expiresAt);
    expect(new Set(open.map(({ keapIdNormalized }) => keapIdNormalized)).size).toBe(open.length);
    expect(new Set(open.map(({ userId }) => userId)).size).toBe(open.length);
  }

  /**
   * Makes appends fail.
   * @returns a function that ends the failures.
   */
  #breakStore(failingAppend: number, written: boolean): () => void {
    const { store } = this.service.running.membership;
    const append = store.append.bind(store);
    let appends = 0;
    const spy = jest.spyOn(store, 'append').mockImplementation(async (...args) => {
      appends += 1;
      if (appends < failingAppend) return append(...args);
      if (appends === failingAppend && written) await append(...args);
      throw new StoreUnavailable('the store broke');
    });
    return () => {
      spy.mockRestore();
    };
  }
}

const sameAnswer = (expected: Prediction, outcome: Prediction | null): boolean =>
  outcome !== null && expected.code === outcome.code && (expected.changed === undefined || outcome.changed === undefined || expected.changed === outcome.changed);

function ordersOf<T>(all: readonly T[]): T[][] {
  if (all.length <= 1) return [[...all]];
  return all.flatMap((first, index) => ordersOf([...all.slice(0, index), ...all.slice(index + 1)]).map((rest) => [first, ...rest]));
}

const plain = ({ licences, members, invitations, assignees }: Model): object => ({ licences, members: Object.fromEntries(members), invitations: Object.fromEntries(invitations), assignees: Object.fromEntries(assignees) });

describe('the rules of membership', () => {
  const clock = new MovableClock();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ clock, env: { INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0' } });
  });
  afterAll(() => service.close());

  it(
    'predict every answer in random sequences, and some sequential order explains concurrent and interrupted requests',
    async () => {
      const property = fc.asyncProperty(livesOf(MAX_STEPS), async (steps) => {
        const life = new Life(service, clock, await AppUnderTest.register(service, LICENCES));
        await life.begin();
        for (const step of steps) await life.take(step);
        expect(await breachesOf(service.running.membership.store.readAll())).toEqual([]);
      });
      await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
    },
    RUNS * RUN_LIMIT_MS,
  );
});
