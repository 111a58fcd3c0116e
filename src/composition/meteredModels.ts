import type { DryRunView, ReadModels } from '../projections/readModels';
import { type Work, workOf } from '../projections/userList/search/steps';
import type { WorkMeter } from '../server/graphql/request';
import type { ReadRecord } from './readRecord';

/** Takes note of the queries of a request. */
type QueryLog = Pick<ReadRecord, 'note' | 'spoil'>;

/** Returns the same read models, which report the milliseconds that each of their queries took. @param log takes note of each query. */
export function meteredModels(models: ReadModels, { worked }: Pick<WorkMeter, 'worked'>, log?: QueryLog): ReadModels {
  const metered = <Part extends keyof ReadModels>(part: Part): ReadModels[Part] & object => meteredQueries(models[part], worked, log && ((query, given) => { log.note(part, query, given); }));
  return {
    userList: metered('userList'),
    accountCentral: metered('accountCentral'),
    assignedContacts: metered('assignedContacts'),
    people: metered('people'),
    keapIds: metered('keapIds'),
    accessReviews: metered('accessReviews'),
    now: log === undefined ? models.now : () => {
      log.spoil();
      return models.now();
    },
  };
}

/** Returns the same view of a dry run, which reports the milliseconds that each of its queries took. */
export const meteredView = (view: DryRunView, meter: WorkMeter): DryRunView => ({ ...view, readModels: meteredModels(view.readModels, meter) });

/** Returns the same queries, of which each awaited call is measured. */
export function measuredCalls<T extends object>(queries: T, meter: WorkMeter): T {
  return new Proxy(queries, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]): unknown => meter.measured(async () => Reflect.apply(value, target, given) as unknown);
    },
  });
}

/** The time of a synchronous call is the work of its statements. A search, which lets other work in between, measures its own. */
function meteredQueries<T extends object>(queries: T, worked: (ms: number) => void, onQuery: ((query: string, given: readonly unknown[]) => void) | undefined): T {
  return new Proxy(queries, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: readonly unknown[]): unknown => {
        onQuery?.(String(name), given);
        const startedAt = performance.now();
        let work: Work | undefined;
        try {
          const result: unknown = Reflect.apply(value, target, given);
          work = result instanceof Promise ? workOf(result) : undefined;
          if (work && result instanceof Promise) chargeAfter(result, work, worked);
          return result;
        } finally {
          if (!work) worked(performance.now() - startedAt);
        }
      };
    },
  });
}

/** Reports the work of a reading when it has ended, before anybody who awaits it goes on. */
function chargeAfter(reading: Promise<unknown>, work: Work, worked: (ms: number) => void): void {
  const charge = (): void => { worked(work.ms); };
  reading.then(charge, charge);
}
