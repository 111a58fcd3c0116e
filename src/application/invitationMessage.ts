import type { UserKind, UserRole } from '../domain/events';
import { madeFitToShow } from '../domain/shownText';

/** What an invitation's message says. */
export interface InvitationFacts {
  readonly inviter: string;
  readonly accountName: string;
  readonly kind: UserKind;
  readonly role: UserRole;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** where the button leads, with the link's token. */
  readonly link: string;
}

/** A message as its recipient sees it. */
export interface InvitationMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The longest subject; what is longer is cut. */
const MAX_SUBJECT = 200;

const ROLES: Readonly<Record<UserRole, string>> = { ADMIN: 'Admin', STANDARD: 'Standard' };
const KINDS: Readonly<Record<UserKind, string>> = { USER: 'a user', PARTNER: 'a partner' };

const expiryFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/**
 * The message, in HTML and as text. Names are shown as they are and mean nothing to a mail program: not in HTML, not in
 * headers, and an address that is part of a name does not become a link.
 * @param subjectTemplate with `{inviter}` and `{accountName}` in it.
 */
export function composeInvitation(facts: InvitationFacts, subjectTemplate: string): InvitationMessage {
  const inviter = madeFitToShow(facts.inviter);
  const accountName = madeFitToShow(facts.accountName);
  const parts = {
    inviter: withoutLinks(inviter),
    accountName: withoutLinks(accountName),
    as: `${KINDS[facts.kind]} with the role ${ROLES[facts.role]}`,
    until: `${expiryFormat.format(new Date(facts.expiresAt))} (UTC)`,
    link: facts.link,
  };
  const subject = subjectTemplate.replace(/\{(inviter|accountName)\}/g, (_, name) => (name === 'inviter' ? inviter : accountName));
  return { subject: [...madeFitToShow(subject)].slice(0, MAX_SUBJECT).join(''), text: textOf(parts), html: htmlOf(parts) };
}

interface Parts {
  readonly inviter: string;
  readonly accountName: string;
  readonly as: string;
  readonly until: string;
  readonly link: string;
}

/** Mail programs make links of what looks like an address of a page; a word joiner after its dots and slashes stops them. A Keap ID stays as it is. */
const withoutLinks = (text: string): string => (/^[^\s/]+@[^\s/]+$/.test(text) ? text : text.replace(/(?<=\S)[.:/](?=\S)/g, '$&\u2060'));

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function textOf({ inviter, accountName, as, until, link }: Parts): string {
  return `${inviter} invites you to ${accountName}, as ${as}.

Look at the invitation and accept it:
${link}

The invitation is valid until ${until}.
If you did not expect it, do nothing: nobody gets access by it but you.
`;
}

function htmlOf(parts: Parts): string {
  const [inviter, accountName, as, until, link] = [parts.inviter, parts.accountName, parts.as, parts.until, parts.link].map(escaped);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>Invitation to ${accountName}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #16181d !important; color: #eceef2 !important; }
  .button { background-color: #8ab4f8 !important; color: #10131a !important; }
  .quiet { color: #b6bcc8 !important; }
}
</style>
</head>
<body class="page" style="margin: 0; padding: 24px 16px; background-color: #ffffff; color: #1b1d22; font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.5;">
<main style="max-width: 560px; margin: 0 auto;">
<h1 style="font-size: 22px; line-height: 1.3; margin: 0 0 16px;">Invitation to ${accountName}</h1>
<p style="margin: 0 0 24px;"><strong>${inviter}</strong> invites you to <strong>${accountName}</strong>, as ${as}.</p>
<p style="margin: 0 0 24px;"><a class="button" href="${link}" style="display: inline-block; padding: 12px 20px; border-radius: 6px; background-color: #1a56b0; color: #ffffff; font-weight: 600; text-decoration: none;">See the invitation</a></p>
<p style="margin: 0 0 16px;">The invitation is valid until <strong>${until}</strong>.</p>
<p class="quiet" style="margin: 0; color: #4a4f5a; font-size: 14px;">If you did not expect it, do nothing: nobody gets access by it but you.</p>
</main>
</body>
</html>
`;
}
