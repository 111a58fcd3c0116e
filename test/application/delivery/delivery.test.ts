import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Deliverer, DeliveryLoop, NotDelivered, retryAt } from '../../../src/application/delivery/delivery';
import type { Delivery } from '../../../src/application/delivery/recording';
import type { WebhookEvent } from '../../../src/domain/webhookEvents';
import { EmbeddedEventStore } from '../../../src/eventstore/embedded/store';
import { type EventStore, NO_STREAM, StoreUnavailable } from '../../../src/eventstore/eventStore';
import { MovableClock } from '../../support/movableClock';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';

const NOW = '2026-03-01T08:00:00.000Z';
const STREAM = 'webhook-one';
const SETTINGS = { tries: 3, firstPauseMs: 1_000, timeoutMs: 60_000, graceMs: 10 };
const CLAIM: WebhookEvent = { type: 'WebhookDeliveryClaimed', data: { until: NOW } };
const DELIVERED: WebhookEvent = { type: 'WebhookDelivered', data: { upTo: '1', deadLetters: [] } };
const DELIVERY: Delivery<WebhookEvent> = {
  stream: STREAM,
  head: { revision: NO_STREAM, occurredAt: NOW },
  concerns: () => true,
  reconcile: (newer, outcome) => (newer.type === 'WebhookRemoved' ? null : outcome),
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

describe('retryAt', () => {
  it.each([[1, 30], [2, 120], [3, 480], [4, 1_920], [5, 7_680], [6, 30_720], [7, 86_400], [8, 86_400], [19, 86_400]])('waits after attempt %d for %d seconds', (attempt, seconds) => {
    expect(retryAt({ tries: 20, firstPauseMs: 30_000 }, attempt, NOW)).toBe(new Date(Date.parse(NOW) + seconds * 1_000).toISOString());
  });

  it('is null after the last attempt', () => {
    expect([2, 3, 4].map((attempt) => retryAt({ tries: 3, firstPauseMs: 1 }, attempt, NOW) === null)).toEqual([false, true, true]);
  });
});

describe('Deliverer', () => {
  let directory: TemporaryDirectory;
  let store: EmbeddedEventStore;
  beforeEach(() => {
    directory = temporaryDirectory();
    store = EmbeddedEventStore.open(directory.path);
  });
  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  const deliverer = (settings: Partial<typeof SETTINGS> = {}, over: EventStore = store, report: (failure: object) => void = () => undefined): Deliverer<WebhookEvent> =>
    new Deliverer(over, new MovableClock(), 'webhooks', { ...SETTINGS, ...settings }, report);
  const recorded = async (): Promise<readonly string[]> => {
    const types: string[] = [];
    for await (const { type } of store.readStream(STREAM)) types.push(type);
    return types;
  };

  it('records the claim before it sends, and the outcome afterwards', async () => {
    let atSending: readonly string[] = [];
    await deliverer().deliver(DELIVERY, CLAIM, async () => {
      atSending = await recorded();
      return [DELIVERED];
    });
    expect(atSending).toEqual(['WebhookDeliveryClaimed']);
    expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
  });

  it('sends once when several processes find the same delivery due', async () => {
    let sends = 0;
    const send = async (): Promise<readonly WebhookEvent[]> => {
      sends += 1;
      return [DELIVERED];
    };
    const delivered = await Promise.all([1, 2, 3, 4].map(() => deliverer().deliver(DELIVERY, CLAIM, send)));
    expect([sends, delivered.filter(Boolean).length]).toEqual([1, 1]);
    expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
  });

  it('records no outcome when a newer event rules it out', async () => {
    await deliverer().deliver(DELIVERY, CLAIM, async () => {
      await deliverer().record(DELIVERY, [{ type: 'WebhookRemoved', data: {} }], 'f1f0c0de-0000-4000-8000-000000000001');
      return [DELIVERED];
    });
    expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookRemoved']);
  });

  it('retries to record the outcome while the store is unavailable, and does not send again', async () => {
    let sends = 0;
    let outages = 0;
    const flaky: EventStore = Object.create(store, {
      append: {
        value: (...given: Parameters<EventStore['append']>) => {
          if (sends > 0 && outages++ === 0) throw new StoreUnavailable('away for a moment');
          return store.append(...given);
        },
      },
      readStream: { value: (...given: Parameters<EventStore['readStream']>) => store.readStream(...given) },
    });
    await deliverer({}, flaky).deliver(DELIVERY, CLAIM, async () => {
      sends += 1;
      return [DELIVERED];
    });
    expect([sends, outages]).toEqual([1, 2]);
    expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
  });

  describe('where no other process can send', () => {
    const alone = async (one: Deliverer<WebhookEvent>, send: () => Promise<readonly WebhookEvent[]>, delivery = DELIVERY): Promise<string | null> => (await one.deliverAlone(delivery, CLAIM, send)).recorded;

    it('records the claim with the outcome, by one append', async () => {
      let atSending: readonly string[] = ['unknown'];
      const commits = store.statistics.commits;
      await alone(deliverer(), async () => {
        atSending = await recorded();
        return [DELIVERED];
      });
      expect(atSending).toEqual([]);
      expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
      expect(store.statistics.commits - commits).toBe(1);
    });

    it('records outcomes that come together by one append for each stream, in one flush, except those that newer events rule out', async () => {
      const one = deliverer();
      const streams = [STREAM, 'webhook-two'];
      const all = streams.flatMap((stream) => Array.from({ length: 10 }, (_, index): Delivery<WebhookEvent> => ({ ...DELIVERY, stream, concerns: () => index === 0 })));
      let isSent = (): void => undefined;
      const sent = new Promise<void>((resolve) => { isSent = resolve; });
      let begun = 0;
      const recordings = all.map((delivery) => alone(one, async () => {
        begun += 1;
        await sent;
        return [DELIVERED];
      }, delivery));
      await until(() => begun === all.length);
      for (const stream of streams) await one.record({ ...DELIVERY, stream }, [{ type: 'WebhookRemoved', data: {} }], stream === STREAM ? 'f1f0c0de-0000-4000-8000-000000000001' : 'f1f0c0de-0000-4000-8000-000000000002');
      const { appends, commits } = store.statistics;
      isSent();
      const positions = await Promise.all(recordings);
      expect([store.statistics.appends - appends, store.statistics.commits - commits]).toEqual([2, 1]);
      expect(positions.map((position) => position === null)).toEqual(all.map(({ concerns }) => concerns(DELIVERED)));
      expect(await recorded()).toEqual(['WebhookRemoved', ...Array.from({ length: 9 }, () => ['WebhookDeliveryClaimed', 'WebhookDelivered']).flat()]);
    });

    it('sends nothing that is not due any more', async () => {
      await alone(deliverer(), async () => [DELIVERED]);
      const send = jest.fn(async () => [DELIVERED]);
      expect(await alone(deliverer(), send)).toBeNull();
      expect(send).not.toHaveBeenCalled();
      expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
    });

    it.each<[string, () => Promise<readonly WebhookEvent[]>]>([['fails with an internal error', () => Promise.reject(new TypeError('a bug'))], ['is stopped', async () => []]])('records the claim when sending %s', async (_how, send) => {
      await alone(deliverer(), send).catch((error: unknown) => { expect(error).toEqual(new TypeError('a bug')); });
      expect(await recorded()).toEqual(['WebhookDeliveryClaimed']);
    });

    it('goes on recording beyond the timeout of a claim, and does not send again', async () => {
      const send = jest.fn(async () => [DELIVERED]);
      const append = jest.spyOn(store, 'append').mockRejectedValueOnce(new StoreUnavailable('away')).mockRejectedValueOnce(new StoreUnavailable('away'));
      expect(await alone(deliverer({ timeoutMs: 1 }), send)).not.toBeNull();
      expect([send.mock.calls.length, append.mock.calls.length]).toEqual([1, 3]);
      expect(await recorded()).toEqual(['WebhookDeliveryClaimed', 'WebhookDelivered']);
    });
  });

  it('ends an attempt at its timeout, even if memory is reclaimed meanwhile', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const hanging = deliverer({ timeoutMs: 200 }).attempt(() => new Promise(() => undefined));
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(await hanging).toMatchObject({ reason: 'TIMED_OUT' });
  });

  it('ends attempts in progress when the grace period after a stop is over', async () => {
    const stopped = deliverer();
    let signal: AbortSignal | undefined;
    const attempt = stopped.attempt((given) => {
      signal = given;
      return new Promise(() => undefined);
    });
    await stopped.stop(attempt);
    expect([await attempt, signal?.aborted, stopped.isStopping]).toEqual(['STOPPED', true, true]);
  });

  it('gives the reason of an attempt that failed, and throws internal errors', async () => {
    expect(await deliverer().attempt(async () => undefined)).toBe('DELIVERED');
    expect(await deliverer().attempt(() => Promise.reject(new NotDelivered('REFUSED 503')))).toMatchObject({ reason: 'REFUSED 503' });
    await expect(deliverer().attempt(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  });

  it('reports failed attempts with the time of the next one', () => {
    const reports: object[] = [];
    const one = deliverer({}, store, (failure) => reports.push(failure));
    const next = [1, 3].map((attempt) => one.failed({ webhookId: 'one' }, attempt, 'REFUSED 503'));
    expect(next).toEqual([expect.any(String), null]);
    expect(reports).toEqual([{ webhookId: 'one', attempt: 1, reason: 'REFUSED 503', retryAt: next[0] }, { webhookId: 'one', attempt: 3, reason: 'REFUSED 503', retryAt: null }]);
  });
});

describe('DeliveryLoop', () => {
  type Applied = Parameters<Parameters<ConstructorParameters<typeof DeliveryLoop>[0]['projector']['onApplied']>[0]>[0];

  it.each([[true, [true, false]], [false, [false, false]]])('takes over abandoned claims at start, if no other process uses the log (exclusive: %s)', async (exclusive, expected) => {
    const sweeps: boolean[] = [];
    let caughtUp = false;
    let apply: (batch: Applied) => void = () => undefined;
    const projector = {
      status: () => ({ caughtUp, filling: null }) as never,
      onApplied: (listener: typeof apply) => {
        apply = listener;
        return () => undefined;
      },
    };
    const loop = new DeliveryLoop({ projector, exclusive, work: async (abandoned) => sweeps.push(abandoned), wakesOn: ({ type }) => type === 'PartnerInvited', report: () => undefined });
    loop.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sweeps).toEqual([]);
    caughtUp = true;
    apply({ events: [{ type: 'PartnerInvited' }] } as never);
    await until(() => sweeps.length > 0);
    apply({ events: [{ type: 'PartnerInvited' }] } as never);
    await until(() => sweeps.length > 1);
    await loop.stop();
    expect(sweeps.slice(0, 2)).toEqual(expected);
  });

  it('reports an internal error and then rests', async () => {
    let sweeps = 0;
    const reports: unknown[] = [];
    const projector = { status: () => ({ caughtUp: true, filling: null }) as never, onApplied: () => () => undefined };
    const work = (): Promise<unknown> => {
      sweeps += 1;
      return Promise.reject(new Error('away'));
    };
    const loop = new DeliveryLoop({ projector, exclusive: false, work, wakesOn: () => false, report: (error) => reports.push(error) });
    loop.start();
    await until(() => reports.length > 0);
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    await loop.stop();
    expect([sweeps, reports]).toEqual([1, [new Error('away')]]);
  });
});
