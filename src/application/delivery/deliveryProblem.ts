const INVITE_ANOTHER = 'Check the address. If it is wrong, revoke the invitation and invite the right one.';
const ASK_AND_RESEND = 'Ask the person to have this service\'s messages accepted, then send the invitation again.';
const RESEND = 'Send the invitation again.';

const NO_SUCH_MAILBOX = `The mail server says that there is no such mailbox. ${INVITE_ANOTHER}`;
const NO_SUCH_DOMAIN = `The mail server says that the domain of the address receives no mail. ${INVITE_ANOTHER}`;
const NOT_IN_USE = `The mail server says that the mailbox is not in use. ${INVITE_ANOTHER}`;
const FULL = 'The mailbox is full. Send the invitation again once the person has room in it.';
const NOT_ACCEPTED = `The recipient's mail system does not accept this message, by a rule of its own. ${ASK_AND_RESEND}`;
const INTERNATIONAL = 'The part of the address before the @ has characters that the mail server cannot handle. Invite the person with another address.';

/** Sentences for enhanced status codes (RFC 3463), by the code or its first digits. The longest one that fits is taken. */
const BY_ENHANCED_CODE: Readonly<Record<string, string>> = {
  '5.1.0': NO_SUCH_MAILBOX,
  '5.1.1': NO_SUCH_MAILBOX,
  '5.1.2': NO_SUCH_DOMAIN,
  '5.1.3': NO_SUCH_MAILBOX,
  '5.1.6': NO_SUCH_MAILBOX,
  '5.1.10': NO_SUCH_DOMAIN,
  '5.2.1': NOT_IN_USE,
  '5.2.2': FULL,
  '4.2.2': FULL,
  '5.4.4': NO_SUCH_DOMAIN,
  '5.6.7': INTERNATIONAL,
  '5.6': NOT_ACCEPTED,
  '5.7': NOT_ACCEPTED,
};

/** Sentences for status codes of SMTP (RFC 5321) without an enhanced one. */
const BY_STATUS: Readonly<Record<string, string>> = {
  550: `The mail server does not accept mail to this address. ${INVITE_ANOTHER}`,
  551: `The mail server does not accept mail to this address. ${INVITE_ANOTHER}`,
  552: FULL,
  553: `The mail server does not accept the form of this address. ${INVITE_ANOTHER}`,
};

const BY_KEYWORD: Readonly<Record<string, string>> = {
  ERASED: 'The personal data of the recipient was erased, so there is no address to send to.',
  NO_SMTPUTF8: INTERNATIONAL,
  NOT_REACHED: `The mail server could not be reached in any of the attempts. ${RESEND}`,
  TIMED_OUT: `The mail server did not answer in time in any of the attempts. ${RESEND}`,
  LOST: `The last attempt was interrupted, so it is not known whether the message arrived. ${RESEND}`,
};

const REASON = /^(?<keyword>[A-Z_\d]+?)(?: (?<status>[45]\d\d))?(?: (?<enhanced>[45]\.\d{1,3}\.\d{1,3}))?$/;

/**
 * Says in words why a message was given up, and what to do about it. The sentences are all this service's own; of what a mail
 * server said there are only status codes.
 * @param reason the recorded reason, such as `REFUSED 550 5.1.1`.
 */
export function deliveryProblemOf(reason: string): string {
  const { keyword = '', status = '', enhanced = '' } = REASON.exec(reason)?.groups ?? {};
  const codes = [status, enhanced].filter((code) => code !== '').join(' ');
  const sentences = BY_KEYWORD[keyword] ?? BY_ENHANCED_CODE[enhanced] ?? BY_ENHANCED_CODE[enhanced.split('.', 2).join('.')] ?? BY_STATUS[status] ?? generalSentence(keyword, status);
  return codes === '' ? sentences : `${sentences} (${codes})`;
}

function generalSentence(keyword: string, status: string): string {
  if (keyword === 'BOUNCED') return `The message came back: the recipient's mail system could not deliver it. ${INVITE_ANOTHER}`;
  return status.startsWith('5') ? `The mail server refused the message for good. ${INVITE_ANOTHER}` : `The mail server did not accept the message in any of the attempts. ${RESEND}`;
}
