import { composed, type Message, Quoted } from './message';
import { type Language, textsIn } from './languages';
import type { NoticeFacts, Texts } from './texts';

/** The data of a notice, with names as they are stored. */
type NoticeData = Omit<NoticeFacts, 'accountName' | 'name' | 'keapId' | 'reason'> & Readonly<Record<'accountName' | 'name' | 'keapId' | 'reason', string>>;

/** Composes the message that tells an admin of an event of that type. */
export function composeNotice(type: keyof Texts['notices'], { accountName, name, keapId, reason, ...facts }: NoticeData, language: Language): Message {
  const texts = textsIn(language);
  const quoted = { accountName: new Quoted(accountName), name: new Quoted(name), keapId: new Quoted(keapId), reason: new Quoted(reason) };
  return composed(texts.notices[type]({ ...facts, ...quoted }), texts.language);
}
