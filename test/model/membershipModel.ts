// A second, minimal implementation of the membership rules, which predicts the answers of the service.

export const PEOPLE = ['owner', 'anna', 'ben', 'carl'] as const;
export type Name = (typeof PEOPLE)[number];
type Kind = 'USER' | 'PARTNER';
type Role = 'ADMIN' | 'STANDARD';

/** A request. `known` says whether the ids of the people concerned were known when it was sent. */
export type Wish =
  | { readonly what: 'invite'; readonly by: Name; readonly of: Name; readonly kind: Kind; readonly role: Role }
  | { readonly what: 'resend' | 'revoke'; readonly by: Name; readonly invitation: string | null }
  | { readonly what: 'accept' | 'decline'; readonly by: Name; readonly invitation: string | null; readonly link: number | null }
  | { readonly what: 'role'; readonly by: Name; readonly of: Name; readonly role: Role; readonly known: boolean }
  | { readonly what: 'remove'; readonly by: Name; readonly of: Name; readonly to: Name | null; readonly known: boolean; readonly toKnown: boolean }
  | { readonly what: 'leave'; readonly by: Name; readonly confirms: boolean }
  | { readonly what: 'assign'; readonly by: Name; readonly of: Name; readonly contacts: readonly string[]; readonly known: boolean }
  | { readonly what: 'unassign'; readonly by: Name; readonly contacts: readonly string[] }
  | { readonly what: 'reassign'; readonly by: Name; readonly from: Name; readonly to: Name; readonly contacts: readonly string[] | null; readonly known: boolean; readonly toKnown: boolean }
  | { readonly what: 'licences'; readonly by: Name | 'operator'; readonly licences: number };

interface Member {
  kind: Kind;
  role: Role;
  status: 'INVITED' | 'ACTIVE' | 'EXPIRED' | 'DECLINED' | 'REVOKED' | 'LEFT' | 'REMOVED';
  joins: number;
  invitation: string | null;
}
interface Invitation {
  readonly of: Name;
  readonly kind: Kind;
  status: 'OPEN' | 'ACCEPTED' | 'DECLINED' | 'REVOKED' | 'EXPIRED';
  sends: number;
  /** The admin who sent it last, or made its person an admin since. */
  sender: Name;
  /** Whether that admin was removed or demoted since. */
  byFormerAdmin: boolean;
}
export interface Model {
  licences: number;
  members: Map<Name, Member>;
  invitations: Map<string, Invitation>;
  assignees: Map<string, Name>;
}

/** The answer to a request: null or the code of the refusal, and the number of contacts moved. */
export interface Prediction {
  readonly code: string | null;
  readonly changed?: number;
}

export const initialModel = (licences: number): Model => ({
  licences,
  members: new Map([['owner', { kind: 'USER', role: 'ADMIN', status: 'ACTIVE', joins: 1, invitation: null }]]),
  invitations: new Map(),
  assignees: new Map(),
});

const copyOf = <K, V extends object>(map: ReadonlyMap<K, V>): Map<K, V> => new Map([...map].map(([key, value]) => [key, { ...value }]));

/** The model after seven days without requests. */
export function afterExpiry(before: Model): Model {
  const model = { ...before, members: copyOf(before.members), invitations: copyOf(before.invitations) };
  for (const invitation of model.invitations.values()) if (invitation.status === 'OPEN') invitation.status = 'EXPIRED';
  for (const member of model.members.values()) if (member.status === 'INVITED') member.status = 'EXPIRED';
  return model;
}

/** The licences in use and reserved. */
export function usageOf({ licences, members }: Model): { readonly total: number; readonly used: number; readonly reserved: number; readonly available: number } {
  const count = (status: string): number => [...members.values()].filter((member) => member.kind === 'USER' && member.status === status).length;
  const [used, reserved] = [count('ACTIVE'), count('INVITED')];
  return { total: licences, used, reserved, available: licences - used - reserved };
}

export const contactsOf = ({ assignees }: Model, name: Name): string[] => [...assignees].filter(([, assignee]) => assignee === name).map(([contact]) => contact).sort();

class Refused extends Error {
  constructor(readonly code: string) {
    super(code);
  }
}

/** Answers the request and returns the model after it. A new invitation is named `invitation`. */
export function predict(before: Model, wish: Wish, invitation: string): { readonly prediction: Prediction; readonly model: Model } {
  const model: Model = { licences: before.licences, members: copyOf(before.members), invitations: copyOf(before.invitations), assignees: new Map(before.assignees) };
  try {
    const changed = grant(model, wish, invitation);
    return { prediction: changed === undefined ? { code: null } : { code: null, changed }, model };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { prediction: { code: error.code }, model: before };
  }
}

const refuseIf = (condition: boolean, code: string): void => {
  if (condition) throw new Refused(code);
};

function grant(model: Model, wish: Wish, newInvitation: string): number | undefined {
  const { members, invitations, assignees } = model;
  const admin = (name: Name): void => {
    const member = members.get(name);
    refuseIf(member?.status !== 'ACTIVE', 'APP_NOT_FOUND');
    refuseIf(member?.role !== 'ADMIN', 'FORBIDDEN');
  };
  /** A partner does not decide about the admins among the users. */
  const overAdmins = (by: Name, { kind, role }: Pick<Member, 'kind' | 'role'>): void => refuseIf(kind === 'USER' && role === 'ADMIN' && members.get(by)?.kind === 'PARTNER', 'FORBIDDEN');
  const user = (name: Name, known: boolean): Member => {
    const member = known ? members.get(name) : undefined;
    if (!member) throw new Refused('USER_NOT_FOUND');
    return member;
  };
  const assignee = (name: Name, known: boolean): void => refuseIf(user(name, known).status !== 'ACTIVE', 'ASSIGNEE_NOT_ACTIVE');
  const invited = (key: string | null): Invitation => {
    const found = key === null ? undefined : invitations.get(key);
    if (!found) throw new Refused('INVITATION_NOT_FOUND');
    return found;
  };
  const ended = (status: Invitation['status']): void => refuseIf(status !== 'OPEN', status === 'ACCEPTED' ? 'INVITATION_ALREADY_ACCEPTED' : `INVITATION_${status}`);
  const lastAdmin = (member: Member): void => {
    const admins = [...members.values()].filter(({ kind, role, status }) => kind === 'USER' && role === 'ADMIN' && status === 'ACTIVE');
    refuseIf(admins.length === 1 && admins[0] === member, 'LAST_ADMIN');
  };
  const licence = (kind: Kind): void => refuseIf(kind === 'USER' && usageOf(model).available <= 0, 'NO_LICENCE_AVAILABLE');
  const lostAdmin = (name: Name): void => {
    for (const sent of invitations.values()) if (sent.sender === name) sent.byFormerAdmin = true;
  };
  const give = (contacts: readonly string[], to: Name): number => {
    const moved = contacts.filter((contact) => assignees.get(contact) !== to);
    for (const contact of moved) assignees.set(contact, to);
    return moved.length;
  };

  switch (wish.what) {
    case 'invite': {
      admin(wish.by);
      overAdmins(wish.by, wish);
      const member = members.get(wish.of);
      refuseIf(wish.by === wish.of, 'CANNOT_INVITE_SELF');
      refuseIf(member?.status === 'ACTIVE', 'ALREADY_MEMBER');
      refuseIf(member?.status === 'INVITED', 'ALREADY_INVITED');
      licence(wish.kind);
      invitations.set(newInvitation, { of: wish.of, kind: wish.kind, status: 'OPEN', sends: 1, sender: wish.by, byFormerAdmin: false });
      members.set(wish.of, { kind: wish.kind, role: wish.role, status: 'INVITED', joins: member?.joins ?? 0, invitation: newInvitation });
      return undefined;
    }
    case 'resend': {
      admin(wish.by);
      const sent = invited(wish.invitation);
      const member = user(sent.of, true);
      if (sent.status !== 'EXPIRED') ended(sent.status);
      overAdmins(wish.by, { kind: sent.kind, role: member.role });
      if (sent.status === 'EXPIRED') {
        refuseIf(member.status === 'ACTIVE', 'ALREADY_MEMBER');
        refuseIf(member.status === 'INVITED', 'ALREADY_INVITED');
        licence(sent.kind);
      }
      Object.assign(sent, { status: 'OPEN', sends: sent.sends + 1, sender: wish.by, byFormerAdmin: false });
      Object.assign(member, { status: 'INVITED', kind: sent.kind, invitation: wish.invitation });
      return undefined;
    }
    case 'revoke': {
      admin(wish.by);
      const sent = invited(wish.invitation);
      if (sent.status === 'REVOKED') return undefined;
      ended(sent.status);
      overAdmins(wish.by, { kind: sent.kind, role: user(sent.of, true).role });
      sent.status = user(sent.of, true).status = 'REVOKED';
      return undefined;
    }
    case 'accept':
    case 'decline': {
      const sent = invited(wish.invitation);
      refuseIf(wish.link !== null && wish.link !== sent.sends, 'LINK_SUPERSEDED');
      refuseIf(wish.by !== sent.of, wish.link === null ? 'INVITATION_NOT_FOUND' : 'WRONG_RECIPIENT');
      const member = user(sent.of, true);
      if (wish.what === 'decline' && sent.status === 'DECLINED') return undefined;
      if (wish.what === 'accept' && sent.status === 'ACCEPTED' && member.status === 'ACTIVE' && member.invitation === wish.invitation) return undefined;
      ended(sent.status);
      if (wish.what === 'decline') sent.status = member.status = 'DECLINED';
      else {
        refuseIf(sent.byFormerAdmin && member.role === 'ADMIN', 'FORBIDDEN');
        sent.status = 'ACCEPTED';
        Object.assign(member, { status: 'ACTIVE', joins: member.joins + 1 });
      }
      return undefined;
    }
    case 'role': {
      admin(wish.by);
      const member = user(wish.of, wish.known);
      refuseIf(member.status !== 'ACTIVE' && member.status !== 'INVITED', 'NOT_A_MEMBER');
      if (member.role === wish.role) return undefined;
      overAdmins(wish.by, { kind: member.kind, role: 'ADMIN' });
      if (wish.role === 'STANDARD') lastAdmin(member);
      member.role = wish.role;
      const sent = invitations.get(member.invitation ?? '');
      if (wish.role === 'STANDARD') lostAdmin(wish.of);
      else if (sent?.status === 'OPEN') Object.assign(sent, { sender: wish.by, byFormerAdmin: false });
      return undefined;
    }
    case 'remove': {
      admin(wish.by);
      const member = user(wish.of, wish.known);
      if (member.status === 'REMOVED') return undefined;
      refuseIf(member.status === 'INVITED', 'NOT_ACCEPTED_YET');
      refuseIf(member.status !== 'ACTIVE', 'NOT_A_MEMBER');
      overAdmins(wish.by, member);
      lastAdmin(member);
      refuseIf(wish.to === wish.of, 'ASSIGNEE_NOT_ACTIVE');
      if (wish.to !== null) assignee(wish.to, wish.toKnown);
      refuseIf(wish.to === null && contactsOf(model, wish.of).length > 0, 'HAS_ASSIGNED_CONTACTS');
      if (wish.to !== null) give(contactsOf(model, wish.of), wish.to);
      member.status = 'REMOVED';
      lostAdmin(wish.of);
      return undefined;
    }
    case 'leave': {
      const member = members.get(wish.by);
      refuseIf(!member || (member.joins === 0 && member.status !== 'INVITED'), 'APP_NOT_FOUND');
      refuseIf(member?.status === 'INVITED', 'NOT_ACCEPTED_YET');
      refuseIf(member?.status !== 'ACTIVE', 'NOT_A_MEMBER');
      refuseIf(member?.kind !== 'PARTNER', 'NOT_A_PARTNER');
      refuseIf(!wish.confirms, 'CONFIRMATION_MISMATCH');
      refuseIf(contactsOf(model, wish.by).length > 0, 'HAS_ASSIGNED_CONTACTS');
      user(wish.by, true).status = 'LEFT';
      return undefined;
    }
    case 'assign':
      admin(wish.by);
      assignee(wish.of, wish.known);
      return give(wish.contacts, wish.of);
    case 'unassign':
      admin(wish.by);
      return wish.contacts.filter((contact) => assignees.delete(contact)).length;
    case 'reassign':
      admin(wish.by);
      user(wish.from, wish.known);
      refuseIf(wish.from === wish.to, 'INVALID_INPUT');
      assignee(wish.to, wish.toKnown);
      return give((wish.contacts ?? contactsOf(model, wish.from)).filter((contact) => assignees.get(contact) === wish.from), wish.to);
    case 'licences':
      refuseIf(wish.by !== 'operator', 'FORBIDDEN');
      refuseIf(wish.licences < usageOf(model).used + usageOf(model).reserved, 'LICENCES_IN_USE');
      model.licences = wish.licences;
      return undefined;
  }
}
