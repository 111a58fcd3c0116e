import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { MOST_COUNTED, type WebhookCounts } from '../application/delivery/webhooks';
import type { RosterCacheStatistics } from '../application/handling/rosterCache';
import type { ProjectorStatus } from '../projections/live/projector';
import type { EventStore, LogPosition } from '../eventstore/eventStore';
import { addCheckpointMetrics, type CheckpointParts } from './checkpointMetrics';
import { PUBLIC_CODES } from './publicErrors';
import type { PastLooks } from '../projections/past/rows';
import { BUDGET_KINDS, type WorkReport } from './work/budgets';
import type { ConnectionReport } from './work/connections';

/** Sources of the metrics that are measured when `/metrics` is read. */
export interface MeasuredParts extends CheckpointParts {
  readonly projections: () => ProjectorStatus;
  /** Number of events after a position, counted up to `most`; null when the store does not tell. */
  readonly eventsAfter: (position: LogPosition, most: number) => Promise<number | null>;
  /** Appends and transactions since the start; null when the store does not count them. */
  readonly writes: () => { readonly appends: number; readonly commits: number } | null;
  readonly rosters: () => RosterCacheStatistics;
  readonly past: () => PastLooks;
  /** Whether the log and the keys of people can be written. */
  readonly writable: () => boolean;
  readonly mail: () => MailCounts;
  readonly webhooks: () => WebhookCounts;
}

/** The state of outgoing mail. */
interface MailCounts {
  /** False while the mail server refuses this service as a whole. */
  readonly usable: boolean;
  /** Messages that were not sent yet. */
  readonly waiting: number;
}

/** An answered HTTP request. */
interface AnsweredRequest {
  /** Route pattern, such as /graphql. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface ServiceMetrics extends WorkReport, ConnectionReport {
  requestAnswered(request: AnsweredRequest): void;
  /** Records the duration of a GraphQL operation. */
  operationAnswered(type: 'query' | 'mutation' | 'subscription', seconds: number): void;
  /** Counts a query whose answer was kept from an earlier one. */
  keptAnswerSent(): void;
  errorsAnswered(codes: readonly string[]): void;
  /** Counts a request that was refused because there was more to do than can be done in time. */
  overloaded(): void;
  /** Counts an open subscription. @returns a function to call when it ends. */
  subscriptionOpened(): () => void;
  subscriptionMessage(): void;
  /** The metrics in Prometheus' text format. */
  text(): Promise<string>;
}

export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** The lag of a projection is counted up to this number of events; it stands for that many or more. */
const MOST_BEHIND = 10_000;
const STATES = ['RUNNING', 'STOPPED'] as const;

let processRegistry: Registry | undefined;

/** Metrics of the process, such as memory and CPU. Services in the same process share them. */
function processMetrics(): Registry {
  if (processRegistry === undefined) {
    processRegistry = new Registry();
    collectDefaultMetrics({ register: processRegistry });
  }
  return processRegistry;
}

/** Creates the counters and histograms of one service. Every label has a bounded number of values. */
export function createServiceMetrics(parts: MeasuredParts): ServiceMetrics {
  const register = new Registry();
  const registers = [register];
  const requests = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames: ['route', 'method', 'status'], registers });
  const durations = new Histogram({ name: 'http_request_duration_seconds', help: 'From a request\'s headers to the end of its answer.', labelNames: ['route'], buckets: DURATIONS, registers });
  const operations = new Histogram({ name: 'graphql_operation_duration_seconds', help: 'GraphQL operations, from their text to their answer.', labelNames: ['type'], buckets: DURATIONS, registers });
  const keptAnswers = new Counter({ name: 'graphql_kept_answers_total', help: 'Queries that were answered as before, because nothing that they read had changed.', registers });
  const errors = new Counter({ name: 'graphql_errors_total', help: 'Errors in GraphQL answers, by code. Refusals by rule are data and not among them.', labelNames: ['code'], registers });
  const subscriptions = new Gauge({ name: 'graphql_subscriptions', help: 'Subscriptions that are open.', registers });
  const messages = new Counter({ name: 'graphql_subscription_messages_total', help: 'Messages of subscriptions.', registers });
  const overBudget = new Counter({ name: 'work_budget_refusals_total', help: 'Requests that were refused because the budget of work of a person, an address or an app was used up.', labelNames: ['kind'], registers });
  const overload = new Counter({ name: 'overload_refusals_total', help: 'Requests that were refused because there was more to do than can be done in time.', registers });
  const work = new Counter({ name: 'work_seconds_total', help: 'Work of requests as it was charged to the budgets of people, addresses and apps.', labelNames: ['kind'], registers });
  const connections = new Gauge({ name: 'connections', help: 'Connections that are open: HTTP, WebSockets and event streams.', registers });
  const connectionsRefused = new Counter({ name: 'connection_refusals_total', help: 'Connections that were refused because too many were open.', registers });
  for (const code of PUBLIC_CODES) errors.inc({ code }, 0);
  for (const kind of BUDGET_KINDS) for (const counter of [overBudget, work]) counter.inc({ kind }, 0);
  // Label lookups are cached, because they happen on every request.
  const requestsOf = new Map<string, ReturnType<typeof requests.labels>>();
  const durationsOf = new Map<string, ReturnType<typeof durations.labels>>();
  addProjectionMetrics(parts, registers);
  addStoreMetrics(parts, registers);
  addRosterMetrics(parts, registers);
  addPastMetrics(parts, registers);
  addFileMetrics(parts, registers);
  addCheckpointMetrics(parts, registers);
  addMailMetrics(parts, registers);
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
    keptAnswerSent() {
      keptAnswers.inc();
    },
    errorsAnswered(codes) {
      for (const code of codes) errors.inc({ code: PUBLIC_CODES.find((known) => known === code) ?? 'INTERNAL_SERVER_ERROR' });
    },
    overBudget(kind) {
      overBudget.inc({ kind });
    },
    workDone(kind, ms) {
      work.inc({ kind }, ms / 1000);
    },
    overloaded() {
      overload.inc();
    },
    connectionOpened() {
      connections.inc();
      return () => { connections.dec(); };
    },
    connectionRefused() {
      connectionsRefused.inc();
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

function addMailMetrics({ mail }: MeasuredParts, registers: Registry[]): void {
  new Gauge({
    name: 'mail_server_usable',
    help: '0 while messages wait because the mail server cannot be used as it is configured; the log and /health/ready say why.',
    registers,
    collect() {
      this.set(mail().usable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'mail_messages_waiting',
    help: 'Messages that are not sent yet and not given up; NaN while the list of them is being filled from the log.',
    registers,
    collect() {
      this.set(mail().waiting);
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

function addRosterMetrics({ rosters }: MeasuredParts, registers: Registry[]): void {
  // Gauges are collected in this order, so the first one sets all of them from one look.
  new Gauge({
    name: 'roster_cache_bytes',
    help: 'Estimated size of the rosters of apps in memory.',
    registers,
    collect() {
      const { bytes, rosters: number, hits, fromSnapshots, folds } = rosters();
      this.set(bytes);
      held.set(number);
      counted(loads.labels({ from: 'memory' }), 'hits', hits);
      counted(loads.labels({ from: 'snapshot' }), 'fromSnapshots', fromSnapshots);
      counted(loads.labels({ from: 'log' }), 'folds', folds);
    },
  });
  const held = new Gauge({ name: 'roster_cache_rosters', help: 'Rosters of apps in memory.', registers });
  const loads = new Counter({ name: 'roster_loads_total', help: 'Loads of a roster, by where it came from: it was in memory, it was in a snapshot, or it was folded from the log.', labelNames: ['from'], registers });
  const before = { hits: 0, fromSnapshots: 0, folds: 0 };
  const counted = (counter: { inc(by: number): void }, what: keyof typeof before, now: number): void => {
    counter.inc(now - before[what]);
    before[what] = now;
  };
}

function addPastMetrics({ past }: MeasuredParts, registers: Registry[]): void {
  // Gauges are collected in this order, so the first one sets both from one look.
  new Gauge({
    name: 'past_looks',
    help: 'Looks into the past that are under way or wait for another one of the same app.',
    registers,
    collect() {
      const { open, refused } = past();
      this.set(open);
      refusals.inc(refused - before);
      before = refused;
    },
  });
  const refusals = new Counter({ name: 'past_look_refusals_total', help: 'Looks into the past that were refused because too many were waiting.', registers });
  let before = 0;
}

function addFileMetrics({ writable }: MeasuredParts, registers: Registry[]): void {
  new Gauge({
    name: 'event_store_writable',
    help: '0 while nothing can be written, because of the disk or because a file was deleted or changed; the log and /health/ready say why.',
    registers,
    collect() {
      this.set(writable() ? 1 : 0);
    },
  });
}

function addWebhookMetrics({ webhooks }: MeasuredParts, registers: Registry[]): void {
  const orMore = `${MOST_COUNTED} stands for that many or more.`;
  // Gauges are collected in this order, so the first one sets all four from one count.
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
  const backlog = new Gauge({ name: 'webhook_backlog_events', help: `Events that are still to be sent, one for each system that gets it; NaN while the history is being filled from the log; ${orMore}`, registers });
  const deadLetters = new Gauge({ name: 'webhook_dead_letters', help: `Events that were put aside after their last try; ${orMore}`, registers });
}

/** Counts the events of a log after a position, up to `most`. */
export const eventsAfterIn = (store: Pick<EventStore, 'readAll'>) => async (position: LogPosition, most: number): Promise<number> => {
  let events = 0;
  for await (const event of store.readAll({ after: position, maxCount: most })) {
    if (event.position > position) events += 1;
  }
  return events;
};
