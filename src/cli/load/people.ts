import { setTimeout as pause } from 'node:timers/promises';
import { isRecord, type LoadClient } from './client';
import { type Asked, type Planned, QUERIES, type Read, readAnswer, turnOf } from './mix';

/** Plans what is sent. */
export interface LoadPlan {
  /** The request with this number. */
  next(number: number): Planned;
}

interface SignedIn {
  readonly keapId: string;
  readonly token: string;
}

interface App {
  readonly appId: string;
  readonly owner: SignedIn;
}

/** A partner and an app, and the invitation that is open between them. */
interface Pair {
  readonly app: App;
  readonly partner: SignedIn;
  readonly invitationId?: string;
}

const PARTNERS = 100;
/** Partners who join each app before the load begins, so that lists have a page. */
const JOINED_PER_APP = 40;
const AT_ONCE = 8;
/** How often a request of the preparation is sent again after 429 or 503. */
const MOST_TRIES = 60;

/** One person, who reads an app and their own Account Central. Nothing is written. */
export async function readingPlan(client: LoadClient, { token, appId }: { readonly token: string; readonly appId: string }): Promise<LoadPlan> {
  await patiently(client, { token, query: QUERIES.userList, variables: { appId } });
  return {
    next(number) {
      const turn = turnOf(number);
      if (turn === 'accountCentral') return { operation: turn, asked: { token, query: QUERIES.accountCentral, variables: {} } };
      if (turn === 'search') return { operation: turn, asked: { token, query: QUERIES.search, variables: { appId, search: searchOf(number) } } };
      return { operation: 'userList', asked: { token, query: QUERIES.userList, variables: { appId } } };
    },
  };
}

/**
 * People of a service in development mode: apps of their own, owners who read and invite, partners who accept and leave.
 * @throws Error when the service is not in development mode, or refuses something.
 */
export async function demoPlan(client: LoadClient, apps: number, onProgress: (done: number, total: number) => void): Promise<LoadPlan> {
  const run = `load-${Date.now().toString(36)}`;
  const operator = await signIn(client, `operator@${run}.example`, 'operator');
  const partners: SignedIn[] = [];
  for (let number = 0; number < PARTNERS; number += 1) partners.push(await signIn(client, `partner-${number}@${run}.example`));
  const owned: App[] = [];
  for (let number = 0; number < apps; number += 1) {
    const app = { appId: `${run}-${number}`, owner: await signIn(client, `owner-${number}@${run}.example`) };
    const input = { appId: app.appId, name: `Load ${number}`, licences: 1, ownerKeapId: app.owner.keapId };
    await patiently(client, { token: operator.token, query: QUERIES.register, variables: { input } });
    owned.push(app);
  }
  const people = new DemoPeople(owned, partners);
  const total = apps * JOINED_PER_APP;
  let done = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (people.joining < total) {
      for (const planned of people.joinOne()) {
        const { asked, onDone } = planned();
        onDone?.((await patiently(client, asked)).data);
      }
      onProgress((done += 1), total);
    }
  }));
  return people;
}

/** Who may be invited, who may accept, and who may leave. Each pair has one request under way at most. */
class DemoPeople implements LoadPlan {
  /** How many pairs have been taken by `joinOne`. */
  joining = 0;
  readonly #strangers: Pair[];
  readonly #invited: Pair[] = [];
  readonly #active: Pair[] = [];
  #writes = 0;

  constructor(
    private readonly apps: readonly App[],
    private readonly partners: readonly SignedIn[],
  ) {
    this.#strangers = partners.flatMap((partner) => apps.map((app) => ({ app, partner })));
  }

  /** @inheritdoc */
  next(number: number): Planned {
    const turn = turnOf(number);
    const app = of(this.apps, number);
    if (turn === 'userList') return { operation: turn, asked: { token: app.owner.token, query: QUERIES.userList, variables: { appId: app.appId } } };
    if (turn === 'search') return { operation: turn, asked: { token: app.owner.token, query: QUERIES.search, variables: { appId: app.appId, search: searchOf(number) } } };
    if (turn === 'accountCentral') return { operation: turn, asked: { token: of(this.partners, number).token, query: QUERIES.accountCentral, variables: {} } };
    return this.#write();
  }

  /** The two requests by which the next partner joins an app; the second is planned after the first is done. */
  joinOne(): readonly (() => Planned)[] {
    this.joining += 1;
    let invited: Pair | undefined;
    const first = this.#strangers.shift();
    if (!first) return [];
    return [() => this.#invite(first, (pair) => { invited = pair; }), () => this.#accept(invited ?? first)];
  }

  #write(): Planned {
    const turn = this.#writes++ % 3;
    const invited = turn === 1 ? this.#invited.shift() : undefined;
    if (invited) return this.#accept(invited);
    const active = turn === 2 ? this.#active.shift() : undefined;
    if (active) return this.#leave(active);
    const stranger = this.#strangers.shift();
    return stranger ? this.#invite(stranger, (pair) => this.#invited.push(pair)) : this.next(0);
  }

  #invite(pair: Pair, onInvited: (pair: Pair) => void): Planned {
    const { app: { appId, owner }, partner: { keapId } } = pair;
    return {
      operation: 'invite',
      asked: { token: owner.token, query: QUERIES.invite, variables: { input: { appId, keapId, role: 'STANDARD' } } },
      onDone(data) { onInvited({ ...pair, invitationId: invitationIdIn(data) }); },
      onUndone: () => { this.#strangers.push(pair); },
    };
  }

  #accept(pair: Pair): Planned {
    const { app: { appId }, partner, invitationId } = pair;
    return {
      operation: 'accept',
      asked: { token: partner.token, query: QUERIES.accept, variables: { input: { appId, invitationId } } },
      onDone: () => { this.#active.push(pair); },
      onUndone: () => { this.#invited.push(pair); },
    };
  }

  #leave(pair: Pair): Planned {
    const { app, partner } = pair;
    return {
      operation: 'leave',
      asked: { token: partner.token, query: QUERIES.leave, variables: { input: { appId: app.appId, confirmAppId: app.appId } } },
      onDone: () => { this.#strangers.push({ app, partner }); },
      onUndone: () => { this.#active.push(pair); },
    };
  }
}

/** Sends a request again while the service refuses it for its load. @throws Error when it is not done. */
async function patiently(client: LoadClient, asked: Asked): Promise<Read> {
  for (let tried = 1; ; tried += 1) {
    const answer = await client.ask(asked);
    const read = readAnswer(answer);
    if (read.outcome === 'done') return read;
    if (read.outcome !== 'refused' || tried === MOST_TRIES) throw new Error(`The preparation of the load failed: ${read.why}`);
    await pause((answer.retryAfterSeconds ?? 1) * 1_000);
  }
}

async function signIn(client: LoadClient, keapId: string, scope = ''): Promise<SignedIn> {
  const { status, body } = await client.post('dev/token', { keapId, scope });
  const { token } = body;
  if (typeof token !== 'string') throw new Error(`The service gives no tokens at /dev/token (HTTP ${status}). --dev needs a service in development mode; otherwise pass --token and --app.`);
  return { keapId, token };
}

function invitationIdIn({ invitePartner }: Readonly<Record<string, unknown>>): string {
  const invitation = isRecord(invitePartner) ? invitePartner['invitation'] : undefined;
  return isRecord(invitation) ? String(invitation['invitationId']) : '';
}

const searchOf = (number: number): string => `partner-${number % PARTNERS}`;

function of<T>(list: readonly T[], number: number): T {
  const found = list[number % list.length];
  if (found === undefined) throw new Error('The list is empty.');
  return found;
}
