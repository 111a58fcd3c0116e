import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MOST_COUNTED, type WebhookCounts } from '../application/webhookBacklog';
import type { ProjectorStatus } from '../projections/projector';
import type { EventStore, LogPosition } from '../eventstore/eventStore';
import { PUBLIC_CODES } from './publicErrors';

/** What is measured outside of the server, asked for when somebody reads the metrics. */
export interface MeasuredParts {
  readonly projections: () => ProjectorStatus;
  /** How many events stand after a position, at most `most`; null when the store does not say. */
  readonly eventsAfter: (position: LogPosition, most: number) => Promise<number | null>;
  /** Appends that wrote something and the transactions that they took, since the start; null where the store does not count them. */
  readonly writes: () => { readonly appends: number; readonly commits: number } | null;
  readonly webhooks: () => WebhookCounts;
}

/** One request as it was answered. */
export interface AnsweredRequest {
  /** the address as the server knows it, such as /graphql. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface ServiceMetrics {
  requestAnswered(request: AnsweredRequest): void;
  /** A GraphQL operation; `codes` are those of its errors. */
  operationAnswered(type: 'query' | 'mutation' | 'subscription', seconds: number): void;
  errorsAnswered(codes: readonly string[]): void;
  /** Something is followed. @returns a function to be called at its end. */
  subscriptionOpened(): () => void;
  subscriptionMessage(): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Counting further behind than this tells nobody more. */
const MOST_BEHIND = 10_000;
const STATES = ['RUNNING', 'STOPPED'] as const;

let processRegistry: Registry | undefined;

/** Memory, CPU, event loop and the like are the process's, however many services run in it. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** Counts and times of one service, for `GET /metrics`. Every label has a bounded number of values. */
export function createServiceMetrics(parts: MeasuredParts): ServiceMetrics {
  const register = new Registry();
  const registers = [register];
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route', 'method', 'status'], registers });
  const durations = new Histogram({ name: 'http_request_duration_seconds', help: 'From a request\'s headers to the end of its answer.', labelNames: ['route'], buckets: DURATIONS, registers });
  const operations = new Histogram({ name: 'graphql_operation_duration_seconds', help: 'GraphQL operations, from their text to their answer.', labelNames: ['type'], buckets: DURATIONS, registers });
  const errors = new Counter({ name: 'graphql_errors_total', help: 'Errors in GraphQL answers, by code. Refusals by rule are data and not among them.', labelNames: ['code'], registers });
  const subscriptions = new Gauge({ name: 'graphql_subscriptions', help: 'Subscriptions that are open.', registers });
  const messages = new Counter({ name: 'graphql_subscription_messages_total', help: 'Messages of subscriptions.', registers });
  for (const code of PUBLIC_CODES) errors.inc({ code }, 0);
  // Every request is counted, so what its labels lead to is looked up once.
  const requestsOf = new Map<string, ReturnType<typeof requests.labels>>();
  const durationsOf = new Map<string, ReturnType<typeof durations.labels>>();
  addProjectionMetrics(parts, registers);
  addStoreMetrics(parts, registers);
  addWebhookMetrics(parts, registers);
  return {
    requestAnswered({ route, method, status, seconds }) {
      const known = METHODS.includes(method) ? method : 'other';
      remembered(requestsOf, `${known} ${status} ${route}`, () => requests.labels({ route, method: known, status: String(status) })).inc();
      remembered(durationsOf, route, () => durations.labels({ route })).observe(seconds);
    },
    operationAnswered(type, seconds) {
      operations.observe({ type }, seconds);
    },
    errorsAnswered(codes) {
      for (const code of codes) errors.inc({ code: PUBLIC_CODES.find((known) => known === code) ?? 'INTERNAL_SERVER_ERROR' });
    },
    subscriptionOpened() {
      subscriptions.inc();
      return () => { subscriptions.dec(); };
    },
    subscriptionMessage() {
      messages.inc();
    },
    text: () => Registry.merge([processMetrics(), register]).metrics(),
  };
}

function remembered<T>(values: Map<string, T>, key: string, make: () => T): T {
  const value = values.get(key) ?? make();
  values.set(key, value);
  return value;
}

function addProjectionMetrics({ projections, eventsAfter }: MeasuredParts, registers: Registry[]): void {
  new Gauge({
    name: 'projection_state',
    help: '1 for the state that a projection is in.',
    labelNames: ['projection', 'state'],
    registers,
    collect() {
      for (const { name, state } of projections().projections) {
        for (const one of STATES) this.set({ projection: name, state: one }, one === state ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'projection_lag_events',
    help: `Events in the log that a projection has not seen; ${MOST_BEHIND} stands for that many or more, NaN for a store that does not answer.`,
    labelNames: ['projection'],
    registers,
    async collect() {
      const behind = new Map<LogPosition, Promise<number | null>>();
      for (const { name, position } of projections().projections) {
        const counted = behind.get(position) ?? eventsAfter(position, MOST_BEHIND).catch(() => null);
        behind.set(position, counted);
        this.set({ projection: name }, (await counted) ?? NaN);
      }
    },
  });
  new Gauge({
    name: 'projections_caught_up',
    help: '1 once the projections have seen what was in the log since the start.',
    registers,
    collect() {
      this.set(projections().caughtUp ? 1 : 0);
    },
  });
}

function addStoreMetrics({ writes }: MeasuredParts, registers: Registry[]): void {
  if (writes() === null) return;
  const counters = { appends: 0, commits: 0 };
  const counted = (name: string, help: string, what: 'appends' | 'commits'): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        const now = writes()?.[what] ?? 0;
        this.inc(Math.max(0, now - counters[what]));
        counters[what] = now;
      },
    });
  };
  counted('event_store_appends_total', 'Appends that wrote events.', 'appends');
  counted('event_store_commits_total', 'Transactions, each with one flush of the disk, that these appends took.', 'commits');
}

function addWebhookMetrics({ webhooks }: MeasuredParts, registers: Registry[]): void {
  const orMore = `${MOST_COUNTED} stands for that many or more.`;
  // The first one counts for all, since they are read in this order.
  new Gauge({
    name: 'webhooks_registered',
    help: 'Systems that events are sent to.',
    registers,
    collect() {
      const counts = webhooks();
      this.set(counts.registered);
      failing.set(counts.failing);
      backlog.set(counts.backlog);
      deadLetters.set(counts.deadLetters);
    },
  });
  const failing = new Gauge({ name: 'webhooks_failing', help: 'Those of them that did not take the event that is next.', registers });
  const backlog = new Gauge({ name: 'webhook_backlog_events', help: `Events that are still to be sent, one for each system that gets it; ${orMore}`, registers });
  const deadLetters = new Gauge({ name: 'webhook_dead_letters', help: `Events that were put aside after their last try; ${orMore}`, registers });
}

/** Counts the events of a log after a position, at most so many. */
export const eventsAfterIn = (store: Pick<EventStore, 'readAll'>) => async (position: LogPosition, most: number): Promise<number> => {
  let events = 0;
  for await (const event of store.readAll({ after: position, maxCount: most })) {
    if (event.position > position) events += 1;
  }
  return events;
};
