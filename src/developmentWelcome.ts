import { createDemoApp, DEMO_APP_ID, DEMO_PEOPLE, type DemoPerson } from './application/demoApp';
import { ProjectionBehind } from './application/projectionBehind';
import type { RunningService } from './compositionRoot';
import { DomainError } from './domain/domainError';
import { normalizeKeapId } from './domain/keapId';
import { StoreUnavailable } from './eventstore/eventStore';
import { v4 } from 'uuid';

const FIRST_QUERY = `{ app(appId: "${DEMO_APP_ID}") { accountName users { totalCount nodes { keapId kind role status assignedContactCount } } } }`;

/** Makes the demonstration's app and says how to begin: the address, ready tokens, a first query. */
export async function welcome(url: string, { membership, developmentTokens }: RunningService): Promise<string> {
  const problem = await problemOf(() => createDemoApp(membership.rosters, membership.commands, (person) => ({
    actor: { personId: membership.personIdOf(`dev:${normalizeKeapId(person.keapId)}`), keapId: normalizeKeapId(person.keapId), scopes: person.scopes },
    keapId: person.keapId,
    name: person.name,
    request: { correlationId: v4() },
  })));
  const tokens = await Promise.all(
    DEMO_PEOPLE.map(async (person) => ({ person, token: (await developmentTokens?.issue({ keapId: person.keapId, scope: person.scopes.join(' ') })) ?? '' })),
  );
  return [
    `Listening on ${url}  (development mode: anybody on this machine may sign in as anybody)`,
    '',
    ...(problem === null ? [] : [`The demo app could not be made now; the next start makes it: ${problem}`, '']),
    ...tokens.flatMap(({ person, token }) => [describePerson(person), `  ${token}`]),
    '',
    'A first query, as the owner:',
    `  curl -s ${url}/graphql -H 'content-type: application/json' \\`,
    `    -H 'authorization: Bearer ${tokens[0]?.token ?? ''}' \\`,
    `    -d '${JSON.stringify({ query: FIRST_QUERY })}'`,
    '',
    'A token for anybody else:',
    `  curl -s ${url}/dev/token -H 'content-type: application/json' -d '{"keapId":"new@partner.example"}'`,
    '',
    `Messages to people who are invited: ${url}/dev/outbox`,
    '',
  ].join('\n');
}

const describePerson = ({ keapId, name, part }: DemoPerson): string => `${name} <${keapId}>, ${part}:`;

/** Why it was not done: the event store is away, or another process was doing the same. Null where it was done. */
async function problemOf(work: () => Promise<void>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof DomainError || error instanceof ProjectionBehind) return error.message;
    throw error;
  }
}
