import { join } from 'node:path';
import { EmbeddedEventStore } from '../src/eventstore/embedded/store';
import type { Page, PageArguments } from '../src/projections/paging/page';
import { Projector } from '../src/projections/live/projector';
import { ReadModelDatabase } from '../src/projections/engine/database';
import { readModelProjections } from '../src/projections/allProjections';
import { readModelsOver } from '../src/projections/readModels';
import type { UserListQueries } from '../src/projections/userList/queries';
import type { UserOrder, UserRow } from '../src/projections/userList/rows';
import { AppLife, GROWTH } from './appLife';
import { LogWriter } from './generatedLog';
import { median, nowMs, quantile, withDirectory, type BenchOptions } from './measure';
import type { ResultRow, ResultTable } from './resultTable';

const APP = 'large';
const ORDERS = ['NAME', 'KEAP_ID', 'INVITED_AT', 'JOINED_AT'] as const;
const PAGE = 50;
const STRIDE = 200;
const BEGIN = Date.UTC(2022, 0, 1);
/** Inviting a user counts the licences of all of them, which takes its time in an app of this size. */
const USER_SHARE = 0.02;
const FILLED_WITHIN_MS = 30 * 60_000;

/** Pages of one app's user list, with the default filter: the first, the middle and the last. */
export async function pagingBench({ quick, progress }: BenchOptions): Promise<readonly ResultTable[]> {
  const users = quick ? 10_000 : 100_000;
  const times = quick ? 100 : 1_000;
  return withDirectory(async (directory) => {
    const database = ReadModelDatabase.open(join(directory, 'readmodels.db'));
    try {
      const now = await fill(directory, database, users, progress);
      // Asked by nobody before, so that no page is known already.
      const freshList = (): UserListQueries => readModelsOver(database, () => now).userList;
      const rows = ORDERS.flatMap((field) =>
        (['ASC', 'DESC'] as const).map((direction): ResultRow => {
          progress(`pages by ${field} ${direction}`);
          return rowOf(freshList, { field, direction }, times);
        }));
      return [
        {
          title: `A page of ${PAGE} of ${users.toLocaleString('en')} users, in ms`,
          columns: ['first', 'p99', 'middle', 'p99', 'last', 'p99', `last: ${PAGE}`, 'p99', 'last / first', `last: ${PAGE} / first`],
          rows,
        },
      ];
    } finally {
      database.close();
    }
  });
}

/** Fills the read models with an app of that many users. @returns the moment of the last event. */
async function fill(directory: string, database: ReadModelDatabase, users: number, progress: (text: string) => void): Promise<string> {
  progress(`making an app with ${users.toLocaleString('en')} users`);
  const store = EmbeddedEventStore.open(directory);
  const projector = new Projector({ store, storeId: store.storeId, database, projections: readModelProjections });
  try {
    const writer = new LogWriter(store);
    const life = new AppLife(APP, { begin: BEGIN, minutesBetweenSteps: 5, mix: GROWTH, userShare: USER_SHARE });
    await writer.add(life.register());
    while (life.memberCount < users) await writer.add(life.step());
    await writer.flush();
    progress('filling the read models');
    projector.start();
    for await (const { position } of store.readAll({ backwards: true, maxCount: 1 })) {
      if (!(await projector.waitFor(position, FILLED_WITHIN_MS))) throw new Error('The read models were not filled.');
    }
    return life.now;
  } finally {
    await projector.stop();
    await store.close();
  }
}

function rowOf(freshList: () => UserListQueries, order: UserOrder, times: number): ResultRow {
  const { middle, end } = cursorsOf(freshList(), order);
  const places: readonly PageArguments[] = [{ first: PAGE }, { first: PAGE, after: middle }, { first: PAGE, after: end }, { last: PAGE }];
  const durations = places.map((): number[] => []);
  for (let time = 0; time < times; time += 1) {
    places.forEach((place, index) => {
      const userList = freshList();
      const start = nowMs();
      const { nodes } = userList.usersPage(APP, {}, order, place);
      durations[index]?.push(nowMs() - start);
      if (nodes.length !== PAGE) throw new Error(`A page of ${PAGE} was asked for and one of ${nodes.length} came.`);
    });
  }
  const [first = NaN, , last = NaN, lastByCount = NaN] = durations.map(median);
  return { name: `${order.field} ${order.direction}`, values: [...durations.flatMap((some) => [median(some), quantile(some, 0.99)]), last / first, lastByCount / first] };
}

/** Cursors of the place before the middle page and of that before the last page, found by walking through the whole list. */
function cursorsOf(userList: UserListQueries, order: UserOrder): { readonly middle: string; readonly end: string } {
  const cursors: string[] = [];
  let after: string | null = null;
  do {
    const page: Page<UserRow> = userList.usersPage(APP, {}, order, { first: STRIDE, after });
    cursors.push(...page.edges.map(({ cursor }) => cursor));
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  const middle = cursors[Math.floor(cursors.length / 2)];
  const end = cursors[cursors.length - PAGE - 1];
  if (middle === undefined || end === undefined) throw new Error(`The list has ${cursors.length} users, which is too few.`);
  return { middle, end };
}
