import { isRecord, type LoadAnswer } from './client';
import type { Outcome } from './figures';

/** A GraphQL request on behalf of a person. */
export interface Asked {
  readonly token: string;
  readonly query: string;
  readonly variables: object;
}

/** One request of the mix, and what is to be noted about its answer. */
export interface Planned {
  readonly operation: Operation;
  readonly asked: Asked;
  /** Called with the data when the request was done. */
  readonly onDone?: (data: Readonly<Record<string, unknown>>) => void;
  /** Called when it was not done. */
  readonly onUndone?: () => void;
}

/** The operations of the mix, in the order of the report. */
export const OPERATIONS = ['userList', 'accountCentral', 'search', 'invite', 'accept', 'leave'] as const;
type Operation = (typeof OPERATIONS)[number];

/** Of 20 requests, 17 read. `write` is the next step of a partner: invited, accepted, left. */
const TURNS = [
  'userList', 'accountCentral', 'userList', 'search', 'userList', 'accountCentral', 'write', 'userList', 'userList', 'search',
  'accountCentral', 'userList', 'write', 'userList', 'accountCentral', 'userList', 'search', 'userList', 'accountCentral', 'write',
] as const;

/** The turn with this number; the turns repeat. */
export const turnOf = (number: number): (typeof TURNS)[number] => TURNS[number % TURNS.length] ?? 'userList';

export const QUERIES = {
  userList: 'query LoadUserList($appId: ID!) { app(appId: $appId) { appId name users(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes { userId keapId name kind role status assignedContactCount } } } }',
  accountCentral: 'query LoadAccountCentral { accountCentral { accounts(first: 50) { totalCount nodes { id appId label } } } }',
  search: 'query LoadSearch($appId: ID!, $search: String!) { app(appId: $appId) { users(first: 20, filter: { search: $search }) { totalCount nodes { userId keapId name status } } } }',
  register: 'mutation LoadRegister($input: RegisterAppInput!) { registerApp(input: $input) { __typename ... on UserError { message } } }',
  invite: 'mutation LoadInvite($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on InvitePartnerSuccess { invitation { invitationId } } ... on UserError { message } } }',
  accept: 'mutation LoadAccept($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename ... on UserError { message } } }',
  leave: 'mutation LoadLeave($input: LeaveAppInput!) { leaveApp(input: $input) { __typename ... on UserError { message } } }',
} as const;

/** An answer, read. `why` is a sentence when it was not done. */
export interface Read {
  readonly outcome: Outcome;
  readonly data: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** Reads an answer: 429 and 503 are refusals of the service under load, a refusal by rule is `declined`, any other error is a failure. */
export function readAnswer({ status, body }: LoadAnswer): Read {
  const { data, errors } = body;
  const listed: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const error = listed[0];
  const why = isRecord(error) ? String(error['message']) : `HTTP ${status}`;
  if (status === 429 || status === 503) return { outcome: 'refused', data: {}, why };
  if (status !== 200 || error !== undefined || !isRecord(data)) return { outcome: 'failed', data: {}, why };
  const [result] = Object.values(data);
  if (!isRecord(result)) return { outcome: 'failed', data, why: 'The app of the request is not there, or the person has no access to it.' };
  const type = result['__typename'];
  if (typeof type === 'string' && !type.endsWith('Success')) return { outcome: 'declined', data, why: 'message' in result ? String(result['message']) : type };
  return { outcome: 'done', data, why: '' };
}
