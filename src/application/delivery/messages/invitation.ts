import { composed, cutSubject, type Message, Quoted } from './message';
import { type Language, textsIn } from './languages';
import type { InvitationFacts } from './texts';

/** The data of an invitation message, with names as they are stored. */
export type InvitationData = Omit<InvitationFacts, 'inviter' | 'accountName' | 'reason'> & { readonly inviter: string; readonly accountName: string; readonly reason: string | null };

/**
 * Composes the message of an invitation.
 * @param subject template of the subject with the placeholders `{inviter}` and `{accountName}`; null for that of the language.
 */
export function composeInvitation({ inviter, accountName, reason, ...facts }: InvitationData, subject: string | null, language: Language): Message {
  const names = { inviter: new Quoted(inviter), accountName: new Quoted(accountName) };
  const texts = textsIn(language);
  const message = composed(texts.invitation({ ...facts, ...names, reason: reason === null ? null : new Quoted(reason) }), texts.language);
  if (subject === null) return message;
  const filled = subject.replace(/\{(inviter|accountName)\}/g, (_, name) => (name === 'inviter' ? names.inviter : names.accountName).line);
  return { ...message, subject: cutSubject(filled) };
}
