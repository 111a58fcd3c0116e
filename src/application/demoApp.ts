import type { Scope } from '../domain/actor';
import type { Caller } from './caller';
import type { MembershipCommands } from './membershipCommands';
import type { RosterHandler } from './rosterHandler';

/** Somebody who plays a part in the demonstration. */
export interface DemoPerson {
  readonly keapId: string;
  readonly name: string;
  readonly part: string;
  readonly scopes: readonly Scope[];
}

export const DEMO_APP_ID = 'gx624';

const OPERATOR: DemoPerson = { keapId: 'operator@keap.example', name: 'Otis Operator', part: 'registers apps', scopes: ['operator'] };
const OWNER: DemoPerson = { keapId: 'olivia@keap.example', name: 'Olivia Owner', part: 'owner of the app', scopes: [] };
const COACH: DemoPerson = { keapId: 'paul@coach.example', name: 'Paul Coach', part: 'partner with three contacts', scopes: [] };
const AGENCY: DemoPerson = { keapId: 'anna@agency.example', name: 'Anna Agency', part: 'partner and admin, without contacts', scopes: [] };

export const DEMO_PEOPLE: readonly DemoPerson[] = [OWNER, COACH, AGENCY, OPERATOR];

/**
 * Makes the demonstration's app, unless it is there: an owner, two partners who accepted, and contacts of one of them.
 * It goes through the same commands as every request.
 */
export async function createDemoApp(rosters: RosterHandler, commands: MembershipCommands, callerOf: (person: DemoPerson) => Caller): Promise<void> {
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
