import { sentence } from './message';
import { type Texts, timeIn } from './texts';

const ROLES = { ADMIN: 'Admin', STANDARD: 'Standard' };
const KINDS = { USER: 'a user', PARTNER: 'a partner' };

const NOTICE_CLOSING = [
  sentence`Every admin of the app gets this message, and the app's history shows what was done.`,
  sentence`If you did not expect it, ask the operators of this service.`,
];

/** The texts in English. */
export const ENGLISH: Texts = {
  language: 'en',
  invitation: ({ inviter, accountName, kind, role, reason, expiresAt, link }) => ({
    subject: sentence`${inviter} invites you to ${accountName}`,
    title: sentence`Invitation to ${accountName}`,
    opening: [
      sentence`${inviter} invites you to ${accountName}, as ${KINDS[kind]} with the role ${ROLES[role]}.`,
      ...(reason === null ? [] : [sentence`The reason given: ${reason}`]),
    ],
    link: { url: link, button: 'See the invitation', introduction: 'Look at the invitation and accept it:', instead: 'If the button does not work, open this address:' },
    closing: [
      sentence`The invitation is valid until ${timeIn('en-GB', expiresAt)}.`,
      sentence`If you did not expect it, do nothing: nobody gets access by it but you.`,
    ],
  }),
  notices: {
    AdminAppointed: ({ accountName, name, keapId, reason, at, awaited, isRecipient }) => ({
      subject: sentence`${name} is an admin of ${accountName} now`,
      title: sentence`A new admin of ${accountName}`,
      opening: [
        sentence`An operator appointed ${name} (${keapId}) as an admin of ${accountName} on ${timeIn('en-GB', at)}.`,
        sentence`The reason given: ${reason}`,
        ...(isRecipient && awaited ? [sentence`Sign in with this address to open the app.`] : []),
      ],
      link: null,
      closing: NOTICE_CLOSING,
    }),
    UserRebound: ({ accountName, name, keapId, reason, at, awaited }) => ({
      subject: sentence`Another sign-in for ${name} in ${accountName}`,
      title: sentence`Another sign-in in ${accountName}`,
      opening: [
        awaited
          ? sentence`An operator gave the membership of ${name} in ${accountName} to the next sign-in with the address ${keapId}, on ${timeIn('en-GB', at)}.`
          : sentence`An operator moved the membership of ${name} (${keapId}) in ${accountName} to another sign-in, on ${timeIn('en-GB', at)}.`,
        sentence`The sign-in that it had before has no access any more.`,
        sentence`The reason given: ${reason}`,
      ],
      link: null,
      closing: NOTICE_CLOSING,
    }),
  },
  reminder: ({ accountName, reminder, dueAt, people, undecided, link }) => ({
    subject: reminder === 'OVERDUE' ? sentence`The access review of ${accountName} is overdue` : sentence`The access review of ${accountName} is due on ${timeIn('en-GB', dueAt)}`,
    title: sentence`Access review of ${accountName}`,
    opening: [
      reminder === 'OVERDUE'
        ? sentence`The access review of ${accountName} was due on ${timeIn('en-GB', dueAt)} and is not finished.`
        : sentence`The access review of ${accountName} is due on ${timeIn('en-GB', dueAt)}.`,
      sentence`Decided so far: ${(people - undecided).toLocaleString('en-GB')} of ${people.toLocaleString('en-GB')}.`,
      undecided === 0 ? sentence`Everybody is decided on. Sign the review off to finish it.` : sentence`Decide for everybody else whether they keep their access, then sign the review off.`,
    ],
    link: link === null ? null : { url: link, button: 'Open the review', introduction: 'Open the review:', instead: 'If the button does not work, open this address:' },
    closing: [sentence`Every admin of the app gets this message. Nobody decides on their own access, so another admin decides on yours.`],
  }),
  invitationPage: {
    title: 'Invitation',
    titleFor: 'Invitation to {app}',
    loading: 'Loading the invitation.',
    needsScript: 'This page needs JavaScript to read the link. You can also sign in and find the invitation in your Account Central.',
    invites: '{inviter} invites you to {app}.',
    somebody: 'Somebody',
    labels: { from: 'From', to: 'To', for: 'For', as: 'As', until: 'Valid until', howToAccept: 'How to accept' },
    signIn: 'Sign in as {keapId}. You can accept or decline the invitation in your Account Central. Opening this page changes nothing.',
    kinds: { USER: 'User', PARTNER: 'Partner' },
    roles: ROLES,
    withRole: '{kind}, with the role {role}',
    ended: {
      ACCEPTED: 'This invitation has been accepted. You find the app in your Account Central.',
      DECLINED: 'This invitation has been declined.',
      REVOKED: 'This invitation has been revoked.',
      EXPIRED: 'This invitation has expired. Ask for a new one.',
      OPEN: 'A newer message with another link has been sent. Use the link in that one.',
    },
    incomplete: 'This link is incomplete: the part after # is missing.',
    notFound: 'No invitation found for this link. Check that the link is complete.',
    tooMany: 'Too many attempts. Wait a minute, then reload the page.',
    unreachable: 'The server cannot be reached. Reload the page in a moment.',
  },
};
