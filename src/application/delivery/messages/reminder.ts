import { composed, type Message, Quoted } from './message';
import { type Language, textsIn } from './languages';
import type { ReminderFacts } from './texts';

/** Composes the message that reminds an admin of an access review. */
export function composeReminder({ accountName, ...facts }: Omit<ReminderFacts, 'accountName'> & { readonly accountName: string }, language: Language): Message {
  const texts = textsIn(language);
  return composed(texts.reminder({ ...facts, accountName: new Quoted(accountName) }), texts.language);
}
