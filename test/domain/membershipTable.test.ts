import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { membershipRulesDocument, UPDATE_COMMAND } from './membershipRulesDocument';
import { cellOf, membershipStates, wishes, type StateName, type WishName } from './membershipTable';

const expected: Record<StateName, Record<WishName, string>> = {
  'none': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_NOT_FOUND', 'revoke': 'INVITATION_NOT_FOUND', 'accept': 'INVITATION_NOT_FOUND', 'decline': 'INVITATION_NOT_FOUND',
    'change role': 'USER_NOT_FOUND', 'leave': 'APP_NOT_FOUND', 'remove': 'USER_NOT_FOUND',
    'appoint': 'AdminAppointed', 'rebind': 'USER_NOT_FOUND',
    'resend, by a partner': 'INVITATION_NOT_FOUND', 'revoke, by a partner': 'INVITATION_NOT_FOUND', 'change role, by a partner': 'USER_NOT_FOUND', 'remove, by a partner': 'USER_NOT_FOUND',
  },
  'invited (user)': {
    'invite as user': 'ALREADY_INVITED', 'invite as partner': 'ALREADY_INVITED',
    'resend': 'InvitationResent', 'revoke': 'InvitationRevoked', 'accept': 'InvitationAccepted', 'decline': 'InvitationDeclined',
    'change role': 'UserRoleChanged', 'leave': 'NOT_ACCEPTED_YET', 'remove': 'NOT_ACCEPTED_YET',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_ACCEPTED_YET',
    'resend, by a partner': 'InvitationResent', 'revoke, by a partner': 'InvitationRevoked', 'change role, by a partner': 'FORBIDDEN', 'remove, by a partner': 'NOT_ACCEPTED_YET',
  },
  'invited (partner)': {
    'invite as user': 'ALREADY_INVITED', 'invite as partner': 'ALREADY_INVITED',
    'resend': 'InvitationResent', 'revoke': 'InvitationRevoked', 'accept': 'InvitationAccepted', 'decline': 'InvitationDeclined',
    'change role': 'UserRoleChanged', 'leave': 'NOT_ACCEPTED_YET', 'remove': 'NOT_ACCEPTED_YET',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_ACCEPTED_YET',
    'resend, by a partner': 'InvitationResent', 'revoke, by a partner': 'InvitationRevoked', 'change role, by a partner': 'UserRoleChanged', 'remove, by a partner': 'NOT_ACCEPTED_YET',
  },
  'expired': {
    'invite as user': 'InvitationExpired, UserInvited', 'invite as partner': 'InvitationExpired, PartnerInvited',
    'resend': 'InvitationResent', 'revoke': 'INVITATION_EXPIRED', 'accept': 'INVITATION_EXPIRED', 'decline': 'INVITATION_EXPIRED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
    'appoint': 'InvitationExpired, AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'InvitationResent', 'revoke, by a partner': 'INVITATION_EXPIRED', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'NOT_A_MEMBER',
  },
  'expired, recorded': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'InvitationResent', 'revoke': 'INVITATION_EXPIRED', 'accept': 'INVITATION_EXPIRED', 'decline': 'INVITATION_EXPIRED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'InvitationResent', 'revoke, by a partner': 'INVITATION_EXPIRED', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'NOT_A_MEMBER',
  },
  'declined': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_DECLINED', 'revoke': 'INVITATION_DECLINED', 'accept': 'INVITATION_DECLINED', 'decline': 'nothing new',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'INVITATION_DECLINED', 'revoke, by a partner': 'INVITATION_DECLINED', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'NOT_A_MEMBER',
  },
  'revoked': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_REVOKED', 'revoke': 'nothing new', 'accept': 'INVITATION_REVOKED', 'decline': 'INVITATION_REVOKED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'INVITATION_REVOKED', 'revoke, by a partner': 'nothing new', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'NOT_A_MEMBER',
  },
  'active user': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'nothing new', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'UserRoleChanged', 'leave': 'NOT_A_PARTNER', 'remove': 'UserRemoved',
    'appoint': 'AdminAppointed', 'rebind': 'UserRebound',
    'resend, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'revoke, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'change role, by a partner': 'FORBIDDEN', 'remove, by a partner': 'UserRemoved',
  },
  'invited admin': {
    'invite as user': 'ALREADY_INVITED', 'invite as partner': 'ALREADY_INVITED',
    'resend': 'InvitationResent', 'revoke': 'InvitationRevoked', 'accept': 'InvitationAccepted', 'decline': 'InvitationDeclined',
    'change role': 'UserRoleChanged', 'leave': 'NOT_ACCEPTED_YET', 'remove': 'NOT_ACCEPTED_YET',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_ACCEPTED_YET',
    'resend, by a partner': 'FORBIDDEN', 'revoke, by a partner': 'FORBIDDEN', 'change role, by a partner': 'FORBIDDEN', 'remove, by a partner': 'NOT_ACCEPTED_YET',
  },
  'active admin': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'nothing new', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'UserRoleChanged', 'leave': 'NOT_A_PARTNER', 'remove': 'UserRemoved',
    'appoint': 'ALREADY_MEMBER', 'rebind': 'UserRebound',
    'resend, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'revoke, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'change role, by a partner': 'FORBIDDEN', 'remove, by a partner': 'FORBIDDEN',
  },
  'active partner': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'nothing new', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'UserRoleChanged', 'leave': 'PartnerLeftApp', 'remove': 'UserRemoved',
    'appoint': 'ALREADY_MEMBER', 'rebind': 'UserRebound',
    'resend, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'revoke, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'change role, by a partner': 'UserRoleChanged', 'remove, by a partner': 'UserRemoved',
  },
  'left': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'INVITATION_ALREADY_ACCEPTED', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'NOT_A_MEMBER', 'leave': 'NOT_A_MEMBER', 'remove': 'NOT_A_MEMBER',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'revoke, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'NOT_A_MEMBER',
  },
  'removed': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'INVITATION_ALREADY_ACCEPTED', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'NOT_A_MEMBER', 'leave': 'NOT_A_MEMBER', 'remove': 'nothing new',
    'appoint': 'AdminAppointed', 'rebind': 'NOT_A_MEMBER',
    'resend, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'revoke, by a partner': 'INVITATION_ALREADY_ACCEPTED', 'change role, by a partner': 'NOT_A_MEMBER', 'remove, by a partner': 'nothing new',
  },
  'last admin': {
    'invite as user': 'CANNOT_INVITE_SELF', 'invite as partner': 'CANNOT_INVITE_SELF',
    'resend': 'INVITATION_NOT_FOUND', 'revoke': 'INVITATION_NOT_FOUND', 'accept': 'INVITATION_NOT_FOUND', 'decline': 'INVITATION_NOT_FOUND',
    'change role': 'LAST_ADMIN', 'leave': 'NOT_A_PARTNER', 'remove': 'LAST_ADMIN',
    'appoint': 'ALREADY_MEMBER', 'rebind': 'nothing new',
    'resend, by a partner': 'INVITATION_NOT_FOUND', 'revoke, by a partner': 'INVITATION_NOT_FOUND', 'change role, by a partner': 'FORBIDDEN', 'remove, by a partner': 'FORBIDDEN',
  },
};

for (const state of membershipStates) {
  describe(`a person in the state: ${state.name}`, () => {
    for (const wish of wishes) {
      const cell = expected[state.name][wish.name];
      it(`${wish.name}: ${cell}`, () => {
        expect(cellOf(state, wish)).toBe(cell);
      });
    }
  });
}

describe('docs/membership-rules.md', () => {
  const file = join(__dirname, '../../docs/membership-rules.md');

  it('matches the deciders', () => {
    const document = membershipRulesDocument();
    if (process.env['UPDATE_DOCS'] === '1') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, document);
    }
    const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (page !== document) throw new Error(`docs/membership-rules.md is stale: run \`${UPDATE_COMMAND}\` and review the changes.`);
  });
});
