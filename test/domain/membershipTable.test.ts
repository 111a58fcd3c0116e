import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { membershipRulesDocument, UPDATE_COMMAND } from './membershipRulesDocument';
import { cellOf, membershipStates, wishes, type StateName, type WishName } from './membershipTable';

const expected: Record<StateName, Record<WishName, string>> = {
  'none': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_NOT_FOUND', 'revoke': 'INVITATION_NOT_FOUND', 'accept': 'INVITATION_NOT_FOUND', 'decline': 'INVITATION_NOT_FOUND',
    'change role': 'USER_NOT_FOUND', 'leave': 'APP_NOT_FOUND', 'remove': 'USER_NOT_FOUND',
  },
  'invited (user)': {
    'invite as user': 'ALREADY_INVITED', 'invite as partner': 'ALREADY_INVITED',
    'resend': 'InvitationResent', 'revoke': 'InvitationRevoked', 'accept': 'InvitationAccepted', 'decline': 'InvitationDeclined',
    'change role': 'UserRoleChanged', 'leave': 'NOT_ACCEPTED_YET', 'remove': 'NOT_ACCEPTED_YET',
  },
  'invited (partner)': {
    'invite as user': 'ALREADY_INVITED', 'invite as partner': 'ALREADY_INVITED',
    'resend': 'InvitationResent', 'revoke': 'InvitationRevoked', 'accept': 'InvitationAccepted', 'decline': 'InvitationDeclined',
    'change role': 'UserRoleChanged', 'leave': 'NOT_ACCEPTED_YET', 'remove': 'NOT_ACCEPTED_YET',
  },
  'expired': {
    'invite as user': 'InvitationExpired, UserInvited', 'invite as partner': 'InvitationExpired, PartnerInvited',
    'resend': 'InvitationResent', 'revoke': 'INVITATION_EXPIRED', 'accept': 'INVITATION_EXPIRED', 'decline': 'INVITATION_EXPIRED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
  },
  'expired, recorded': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'InvitationResent', 'revoke': 'INVITATION_EXPIRED', 'accept': 'INVITATION_EXPIRED', 'decline': 'INVITATION_EXPIRED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
  },
  'declined': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_DECLINED', 'revoke': 'INVITATION_DECLINED', 'accept': 'INVITATION_DECLINED', 'decline': 'nothing new',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
  },
  'revoked': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_REVOKED', 'revoke': 'nothing new', 'accept': 'INVITATION_REVOKED', 'decline': 'INVITATION_REVOKED',
    'change role': 'NOT_A_MEMBER', 'leave': 'APP_NOT_FOUND', 'remove': 'NOT_A_MEMBER',
  },
  'active user': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'nothing new', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'UserRoleChanged', 'leave': 'NOT_A_PARTNER', 'remove': 'UserRemoved',
  },
  'active partner': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'nothing new', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'UserRoleChanged', 'leave': 'PartnerLeftApp', 'remove': 'UserRemoved',
  },
  'left': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'INVITATION_ALREADY_ACCEPTED', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'NOT_A_MEMBER', 'leave': 'NOT_A_MEMBER', 'remove': 'NOT_A_MEMBER',
  },
  'removed': {
    'invite as user': 'UserInvited', 'invite as partner': 'PartnerInvited',
    'resend': 'INVITATION_ALREADY_ACCEPTED', 'revoke': 'INVITATION_ALREADY_ACCEPTED', 'accept': 'INVITATION_ALREADY_ACCEPTED', 'decline': 'INVITATION_ALREADY_ACCEPTED',
    'change role': 'NOT_A_MEMBER', 'leave': 'NOT_A_MEMBER', 'remove': 'nothing new',
  },
  'last admin': {
    'invite as user': 'ALREADY_MEMBER', 'invite as partner': 'ALREADY_MEMBER',
    'resend': 'INVITATION_NOT_FOUND', 'revoke': 'INVITATION_NOT_FOUND', 'accept': 'INVITATION_NOT_FOUND', 'decline': 'INVITATION_NOT_FOUND',
    'change role': 'LAST_ADMIN', 'leave': 'NOT_A_PARTNER', 'remove': 'LAST_ADMIN',
  },
};

for (const state of membershipStates) {
  describe(`a person who is: ${state.name}`, () => {
    for (const wish of wishes) {
      const cell = expected[state.name][wish.name];
      it(`${wish.name}: ${cell}`, () => {
        expect(cellOf(state, wish)).toBe(cell);
      });
    }
  });
}

describe('the page of membership rules', () => {
  const file = join(__dirname, '../../docs/membership-rules.md');

  it('says what the deciders decide', () => {
    const document = membershipRulesDocument();
    if (process.env['UPDATE_DOCS'] === '1') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, document);
    }
    const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (page !== document) throw new Error(`docs/membership-rules.md is not what the rules say: run \`${UPDATE_COMMAND}\` and look at what has changed.`);
  });
});
