import { ProjectionBehind } from '../application/errors';
import { AppliedChanges } from '../application/history/membershipHistory';
import { liveProjections } from '../projections/allProjections';
import { ProjectionDigestQueries } from '../projections/digest/queries';
import { ReadModelDatabase } from '../projections/engine/database';
import { foldReadModels } from '../projections/past/asOf';
import type { DryRunView } from '../projections/readModels';
import type { ProofQueries } from '../proofs/queries';
import { type ReadModelsOfRequest, RequestContext } from '../resolvers/context';
import { dryRunContext } from '../resolvers/dryRun';
import type { Identity } from '../server/auth/signIn';
import { type ContextFactory, NO_METER, type WorkMeter } from '../server/graphql/request';
import { PRICES } from '../server/graphql/price';
import { type ClientAddressKept, recordedTrace } from '../server/clientAddress';
import { AddressLimit, TokenGuesses } from '../server/limits';
import { onceFilled } from './filling/onceFilled';
import type { Membership } from './membership';
import { measuredCalls, meteredModels, meteredView } from './meteredModels';
import { ReadRecord } from './readRecord';

/** How long a request waits for the first fill of the read models; afterwards it is answered with `PROJECTION_BEHIND`. */
const FILL_WAIT_MS = 2_000;

interface RequestContextOptions {
  readonly proofs: ProofQueries;
  /** Unknown invitation tokens that one address may try in a minute; 0 means any number. */
  readonly tokenGuessesPerMinute: number;
  /** How much of a client's IP address is recorded with events. */
  readonly clientAddress: ClientAddressKept;
}

/** Creates the context of each GraphQL request: who asks, what they may read, and the commands. */
export function requestContextsOver(membership: Membership, { proofs, tokenGuessesPerMinute, clientAddress }: RequestContextOptions): ContextFactory {
  const { readModels, projector, clock, store, snapshots, history, administration, periods, audit, webhooks } = membership;
  const changes = new AppliedChanges(projector, readModels.userList);
  const openSnapshot = (): ReadModelDatabase => {
    membership.database.settle();
    return ReadModelDatabase.openSnapshot(membership.database.file);
  };
  const digests = onceFilled(new ProjectionDigestQueries(openSnapshot, liveProjections), () => { membership.requireFilled(); });
  const guesses = new TokenGuesses(new AddressLimit({ perMinute: tokenGuessesPerMinute }));
  const metered = (meter: WorkMeter, record: ReadRecord): Omit<ReadModelsOfRequest, 'waitFor'> => ({
    audit, proofs, webhooks, changes,
    history: measuredCalls(history, meter),
    administration: measuredCalls(administration, meter),
    periods: measuredCalls(periods, meter),
    digests: measuredCalls(digests, meter),
    position: () => projector.position(),
    live: meteredModels(readModels, meter, record),
    async asOf(question) {
      // The price of a document has one app for each look.
      meter.take(Math.max(0, question.appIds.length - 1) * PRICES.lookBack);
      const past = await foldReadModels({ ...question, store, now: clock.now(), snapshots, inTurn: (fold) => meter.measured(async () => {
        // What others cost who came before, or the same caller, may have used up the budget.
        meter.take(0);
        const folded = await fold();
        meter.worked(folded.workMs);
        return folded;
      }) });
      return { ...past, readModels: meteredModels(past.readModels, meter) };
    },
  });
  return async (request) => {
    const { identity, trace } = request;
    if (!(await membership.waitUntilFilled(FILL_WAIT_MS))) throw new ProjectionBehind('The read models are being filled from the log. Send the request again when /health/ready answers 200.');
    const dryRun = request.dryRun ? membership.dryRun() : null;
    const { identification } = dryRun ?? membership;
    const caller = identity && (await identification.identify({ ...identity, personId: membership.personIdOf(identity.sub) }, recordedTrace(trace, clientAddress)));
    if (caller && dryRun === null && identity.language !== undefined && !store.inner.isAway) await membership.languages.note(caller, identity.language);
    const meter = request.meter ?? NO_METER;
    const record = new ReadRecord(membership.database, (appId) => readModels.userList.nextExpiry(appId), () => clock.now());
    const ofRequest = recorded({ ...metered(meter, record), waitFor: (position, timeoutMs) => request.waitFor(position, timeoutMs) }, record);
    const limit = guesses.from(trace.clientAddress);
    if (!dryRun) return Object.assign(new RequestContext(caller, membership.commands, ofRequest, limit), { freshness: () => record.freshness() });
    const openView = (): DryRunView => meteredView(dryRun.openView(), meter);
    return dryRunContext({ ...dryRun, openView, caller, readModels: ofRequest, guesses: limit });
  };
}

const RECORDED: readonly (string | symbol)[] = ['live', 'standing', 'position'];

/**
 * Returns the same, which notes in the record that something was read beside the live read models. The position does not count: what was read
 * at it is still so as long as the answer is fresh.
 */
const recorded = (ofRequest: ReadModelsOfRequest, record: ReadRecord): ReadModelsOfRequest => new Proxy(ofRequest, {
  get(target, name) {
    if (!RECORDED.includes(name)) record.spoil();
    return Reflect.get(target, name) as unknown;
  },
});

/** Returns whether the person who signed in is an active member of an app. */
export const activeMembersOf = (membership: Membership) => ({ sub, keapIdNormalized }: Identity, appId: string): boolean =>
  membership.readModels.userList.userOfPerson(appId, { personId: membership.personIdOf(sub), keapIdNormalized })?.status === 'ACTIVE';
