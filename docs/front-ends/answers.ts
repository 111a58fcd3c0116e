/** The member that Relay's compiler adds to every union, for types that the schema does not have yet. */
type Unknown = { readonly __typename: '%other' } | undefined;
type Rejection = { readonly __typename: 'Rejection'; readonly message: string };

export type InviteAnswer =
  | { readonly __typename: 'InvitePartnerSuccess'; readonly user: { readonly keapId: string } }
  | { readonly __typename: 'AlreadyInvited'; readonly message: string; readonly expiresAt: string }
  | { readonly __typename: 'RateLimited'; readonly retryAfterSeconds: number }
  | Rejection
  | Unknown;

export type ReplyAnswer =
  | { readonly __typename: 'AcceptInvitationSuccess' | 'DeclineInvitationSuccess' }
  | { readonly __typename: 'WrongRecipient'; readonly maskedKeapId: string }
  | Rejection
  | Unknown;

export type DepartureAnswer =
  | { readonly __typename: 'LeaveAppSuccess'; readonly appId: string }
  | { readonly __typename: 'RemoveUserSuccess'; readonly user: { readonly keapId: string } }
  | { readonly __typename: 'HasAssignedContacts'; readonly count: number; readonly sample: readonly string[] }
  | Rejection
  | Unknown;

const UNKNOWN = 'Update this page to see the answer.';

/** Returns the text that tells an admin how an invitation went. */
export function textOfInvite(answer: InviteAnswer): string {
  switch (answer?.__typename) {
    case 'InvitePartnerSuccess':
      return `${answer.user.keapId} is invited.`;
    case 'AlreadyInvited':
      return `${answer.message} It is open until ${answer.expiresAt}.`;
    case 'RateLimited':
      return `Try again in ${answer.retryAfterSeconds} seconds.`;
    case 'Rejection':
      return answer.message;
    case '%other':
    case undefined:
      return UNKNOWN;
  }
}

/** Returns the text that tells a person how accepting or declining an invitation went. */
export function textOfReply(answer: ReplyAnswer): string {
  switch (answer?.__typename) {
    case 'AcceptInvitationSuccess':
      return 'You have access.';
    case 'DeclineInvitationSuccess':
      return 'You declined the invitation.';
    case 'WrongRecipient':
      return `Sign in as ${answer.maskedKeapId}.`;
    case 'Rejection':
      return answer.message;
    case '%other':
    case undefined:
      return UNKNOWN;
  }
}

/** Returns the text that tells how leaving an app, or removing a user, went. */
export function textOfDeparture(answer: DepartureAnswer): string {
  switch (answer?.__typename) {
    case 'LeaveAppSuccess':
      return `You left ${answer.appId}.`;
    case 'RemoveUserSuccess':
      return `${answer.user.keapId} is removed.`;
    case 'HasAssignedContacts':
      return `Reassign ${answer.count} contacts first, such as ${answer.sample.join(', ')}.`;
    case 'Rejection':
      return answer.message;
    case '%other':
    case undefined:
      return UNKNOWN;
  }
}
