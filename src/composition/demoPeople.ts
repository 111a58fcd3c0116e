import type { Scope } from '../domain/events';

/** A person who plays a part in the demonstration. */
export interface DemoPerson {
  readonly keapId: string;
  readonly name: string;
  readonly part: string;
  readonly scopes: readonly Scope[];
}

export const DEMO_APP_ID = 'gx624';

export const OPERATOR: DemoPerson = { keapId: 'operator@keap.example', name: 'Otis Operator', part: 'registers apps', scopes: ['operator'] };
export const OWNER: DemoPerson = { keapId: 'olivia@keap.example', name: 'Olivia Owner', part: 'owner of the app', scopes: [] };
export const COACH: DemoPerson = { keapId: 'paul@coach.example', name: 'Paul Coach', part: 'partner with three contacts', scopes: [] };
export const AGENCY: DemoPerson = { keapId: 'anna@agency.example', name: 'Anna Agency', part: 'partner and admin, without contacts', scopes: [] };
const AUDITOR: DemoPerson = { keapId: 'auditor@keap.example', name: 'Ada Auditor', part: 'reads the history of every app', scopes: ['auditor'] };

/** The people for whom the first start prints tokens and whom the pages offer, in that order. */
export const DEMO_PEOPLE: readonly DemoPerson[] = [OWNER, COACH, AGENCY, OPERATOR, AUDITOR];
