import { hashedTextOf } from '../../src/eventstore/eventHash';
import { graphql, type GraphQLSchema } from 'graphql';
import type { AuditedRead } from '../../src/application/history/auditTrail';
import type { Caller } from '../../src/application/commandTypes';
import { AdministrativeHistory } from '../../src/application/history/administrativeHistory';
import { MembershipHistory } from '../../src/application/history/membershipHistory';
import { AdministrativeEventsQueries } from '../../src/projections/administrativeEvents/queries';
import { MembershipEventsQueries } from '../../src/projections/membershipEvents/queries';
import { PeriodsOfAccessQueries } from '../../src/projections/periodsOfAccess/queries';
import { ProofQueries } from '../../src/proofs/queries';
import { RequestContext, type AsOfRequest, type Commands } from '../../src/resolvers/context';
import { buildApiSchema } from '../../src/resolvers/schema';
import { ScriptedEventStore } from '../projections/scriptedEventStore';
import type { ReadModelsOfLog, RecordedLog } from './recordedLog';
import { NOW, storySoFar } from './story';

const unexpected = (): Promise<never> => Promise.reject(new Error('This test sends no such command.'));

/** Commands that fail a test that sends them. */
const NO_COMMANDS: Commands = {
  registerApp: unexpected, setLicences: unexpected, renameApp: unexpected, appointAdmin: unexpected, rebindUser: unexpected, invitePartner: unexpected, inviteUser: unexpected, resendInvitation: unexpected, revokeInvitation: unexpected,
  acceptInvitation: unexpected, declineInvitation: unexpected, changeUserRole: unexpected, removeUser: unexpected, leaveApp: unexpected, assignContacts: unexpected,
  unassignContacts: unexpected, reassignContacts: unexpected, setAccountLabel: unexpected, releaseKeapId: unexpected, developmentToken: () => null,
  registerWebhook: unexpected, removeWebhook: unexpected, replayWebhook: unexpected, startAccessReview: unexpected, decideAccess: unexpected, finishAccessReview: unexpected, webhookSecret: () => '',
};

export interface Request {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly commands?: Partial<Commands>;
  /** Whether the read models catch up with the log when a mutation waits for them. True when absent. */
  readonly catchesUp?: boolean;
}

/** Data of an answer, in the shape of its query. The compiler does not know it. */
export type Data = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly data: Data;
  readonly codes: readonly string[];
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** The schema over real read models of a log in memory and commands that a test writes. */
export class Api {
  readonly log: RecordedLog = storySoFar();
  /** The `asOf` questions that were asked. */
  readonly looksBack: AsOfRequest[] = [];
  /** The reads that were recorded for auditors. */
  readonly audited: (AuditedRead & { readonly by: string })[] = [];
  /** Number of answers to `asOf` questions that were closed. */
  closed = 0;
  #live: ReadModelsOfLog = this.log.readModels(() => NOW);
  #seen = this.log.position;
  readonly #schema: GraphQLSchema = buildApiSchema();

  /** Applies the events that were recorded since to the read models. */
  catchUp(): void {
    this.#live.database.close();
    this.#live = this.log.readModels(() => NOW);
    this.#seen = this.log.position;
  }

  get statementCount(): number {
    return this.#live.database.statementCount;
  }

  async ask(caller: Caller | null, { query, variables, commands, catchesUp = true }: Request): Promise<Answer> {
    const live = (): ReadModelsOfLog => this.#live;
    const administration = (): AdministrativeHistory => new AdministrativeHistory(new ScriptedEventStore(this.log.events), new AdministrativeEventsQueries(this.#live.database));
    const history = (): MembershipHistory => new MembershipHistory(new ScriptedEventStore(this.log.events), new MembershipEventsQueries(this.#live.database), hashedTextOf);
    const context = new RequestContext(caller, { ...NO_COMMANDS, ...commands }, {
      get live() {
        return live().models;
      },
      get history() {
        return history();
      },
      get administration() {
        return administration();
      },
      get periods() {
        return new PeriodsOfAccessQueries(live().database);
      },
      audit: {
        record: (by, read) => {
          this.audited.push({ by: by.actor.personId, ...read });
          return Promise.resolve();
        },
      },
      changes: { onApp: () => () => undefined, onPerson: () => () => undefined, position: () => this.#seen },
      proofs: new ProofQueries(() => null),
      digests: { all: () => Promise.resolve([]) },
      webhooks: { all: () => [], byId: () => undefined, deadLetters: () => [], deadLetterCount: () => 0 },
      position: () => this.#seen,
      waitFor: () => {
        if (catchesUp) this.catchUp();
        return Promise.resolve(catchesUp);
      },
      asOf: (request) => {
        this.looksBack.push(request);
        const { asOf } = request;
        const position = 'position' in asOf ? asOf.position : (this.log.events.findLast(({ occurredAt }) => occurredAt <= asOf.time)?.position ?? '');
        const time = 'time' in asOf ? asOf.time : (this.log.events.find((event) => event.position === position)?.occurredAt ?? NOW);
        const { models, database } = this.log.readModels(() => time, position);
        return Promise.resolve({
          readModels: models,
          position,
          time,
          close: () => {
            this.closed += 1;
            database.close();
          },
        });
      },
    });
    const result = await graphql({ schema: this.#schema, source: query, contextValue: context, ...(variables ? { variableValues: variables } : {}) });
    for (const dispose of context.disposables) dispose();
    const errors = result.errors ?? [];
    return { data: JSON.parse(JSON.stringify(result.data ?? null)), errors, codes: errors.map(({ extensions: { code }, message }) => (typeof code === 'string' ? code : message)) };
  }
}
