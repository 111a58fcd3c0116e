import { graphql, type GraphQLSchema } from 'graphql';
import type { AuditedRead } from '../../src/application/auditTrail';
import type { Caller } from '../../src/application/caller';
import { MembershipHistory } from '../../src/application/membershipHistory';
import { MembershipEventsQueries } from '../../src/projections/membershipEventsQueries';
import { ProofQueries } from '../../src/proofs/proofQueries';
import { RequestContext, type AsOfViewRequest, type Commands } from '../../src/resolvers/requestContext';
import { buildApiSchema } from '../../src/resolvers/schema';
import { ScriptedEventStore } from '../projections/scriptedEventStore';
import type { ReadModelsOfLog, RecordedLog } from './recordedLog';
import { NOW, storySoFar } from './story';

const unexpected = (): Promise<never> => Promise.reject(new Error('This test sends no such command.'));

/** Commands that nobody is to send. */
const NO_COMMANDS: Commands = {
  registerApp: unexpected, setLicences: unexpected, invitePartner: unexpected, inviteUser: unexpected, resendInvitation: unexpected, revokeInvitation: unexpected,
  acceptInvitation: unexpected, declineInvitation: unexpected, changeUserRole: unexpected, removeUser: unexpected, leaveApp: unexpected, assignContacts: unexpected,
  unassignContacts: unexpected, reassignContacts: unexpected, setAccountLabel: unexpected, releaseKeapId: unexpected, developmentToken: () => null,
  registerWebhook: unexpected, removeWebhook: unexpected, replayWebhook: unexpected, webhookSecret: () => '',
};

export interface Request {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly commands?: Partial<Commands>;
  /** whether the read models take in the whole log when a write waits for them; true when absent. */
  readonly catchesUp?: boolean;
}

/** Data in the shape of its query, which a test knows and the compiler does not. */
export type Data = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly data: Data;
  readonly codes: readonly string[];
  readonly errors: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** The schema over real read models of a log in memory and commands that a test writes. */
export class Api {
  readonly log: RecordedLog = storySoFar();
  /** the questions about the past that were asked. */
  readonly looksBack: AsOfViewRequest[] = [];
  /** what auditors read. */
  readonly audited: (AuditedRead & { readonly by: string })[] = [];
  /** how many of the answers to them were closed. */
  closed = 0;
  #live: ReadModelsOfLog = this.log.readModels(() => NOW);
  #seen = this.log.position;
  readonly #schema: GraphQLSchema = buildApiSchema();

  /** Takes in what was recorded since. */
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
    const history = (): MembershipHistory => new MembershipHistory(new ScriptedEventStore(this.log.events), new MembershipEventsQueries(this.#live.database));
    const context = new RequestContext(caller, { ...NO_COMMANDS, ...commands }, {
      get live() {
        return live().models;
      },
      get history() {
        return history();
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
