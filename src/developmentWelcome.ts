import type { Caller } from './application/commandTypes';
import type { MembershipCommands } from './application/commands';
import type { RosterHandler } from './application/handling/roster';
import { ProjectionBehind } from './application/errors';
import { AGENCY, COACH, DEMO_APP_ID, DEMO_PEOPLE, type DemoPerson, OPERATOR, OWNER } from './composition/demoPeople';
import type { RunningService } from './composition/service';
import { DomainError } from './domain/domainError';
import { normalizeKeapId } from './domain/keapId';
import { StoreUnavailable } from './eventstore/eventStore';
import { v4 } from 'uuid';

/**
 * Creates the demo app unless it exists: an owner, two partners who accepted, and contacts of one of them. It sends the same
 * commands as requests do.
 */
async function createDemoApp(rosters: RosterHandler, commands: MembershipCommands, callerOf: (person: DemoPerson) => Caller): Promise<void> {
  const appId = DEMO_APP_ID;
  if ((await rosters.load(appId)).registered) return;
  await commands.registerApp(callerOf(OPERATOR), { appId, name: 'Keap Pro Recording', licences: 3, ownerKeapId: OWNER.keapId, ownerName: OWNER.name });
  const joined = async (person: DemoPerson, role: 'ADMIN' | 'STANDARD'): Promise<string> => {
    const { invitationId } = await commands.invitePartner(callerOf(OWNER), { appId, keapId: person.keapId, role, name: person.name });
    return (await commands.acceptInvitation(callerOf(person), { appId, invitationId })).userId;
  };
  const userId = await joined(COACH, 'STANDARD');
  await joined(AGENCY, 'ADMIN');
  await commands.assignContacts(callerOf(OWNER), { appId, userId, contactIds: ['contact-1', 'contact-2', 'contact-3'] });
}

const FIRST_QUERY = `{ app(appId: "${DEMO_APP_ID}") { accountName users { totalCount nodes { keapId kind role status assignedContactCount } } } }`;

/** Creates the demo app and returns the welcome text: the address, tokens and a first query. */
export async function welcome(url: string, { membership, developmentTokens }: RunningService): Promise<string> {
  const problem = await problemOf(() => createDemoApp(membership.rosters, membership.commands, (person) => ({
    actor: { personId: membership.personIdOf(`dev:${normalizeKeapId(person.keapId)}`), keapId: normalizeKeapId(person.keapId), scopes: person.scopes },
    keapId: person.keapId,
    name: person.name,
    issuedAt: null,
    request: { correlationId: v4() },
  })));
  const tokens = await Promise.all(
    DEMO_PEOPLE.map(async (person) => ({ person, token: (await developmentTokens?.issue({ keapId: person.keapId, scope: person.scopes.join(' ') })) ?? '' })),
  );
  return [
    `Listening on ${url}  (development mode: anyone on this machine can sign in as anyone)`,
    '',
    ...(problem === null ? [] : [`The demo app could not be created: ${problem} The next start tries again.`, '']),
    ...tokens.flatMap(({ person, token }) => [describePerson(person), `  ${token}`]),
    '',
    'Run a first query as the owner:',
    `  curl -s ${url}/graphql -H 'content-type: application/json' \\`,
    `    -H 'authorization: Bearer ${tokens[0]?.token ?? ''}' \\`,
    `    -d '${JSON.stringify({ query: FIRST_QUERY })}'`,
    '',
    'Get a token for anyone else:',
    `  curl -s ${url}/dev/token -H 'content-type: application/json' -d '{"keapId":"new@partner.example"}'`,
    '',
    `Read the invitations that were sent: ${url}/dev/outbox`,
    '',
  ].join('\n');
}

const describePerson = ({ keapId, name, part }: DemoPerson): string => `${name} <${keapId}>, ${part}:`;

/** Runs the work. @returns the reason why it failed, such as an unreachable event store or another process doing the same; null when it succeeded. */
async function problemOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof DomainError || error instanceof ProjectionBehind) return error.message;
    throw error;
  }
}
