import { printable } from '../../../domain/fields';
import { htmlOf } from './html';

/** A message as its recipient sees it. */
export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/**
 * A text that somebody else wrote, such as a name. Sentences take names in this form only, so that no text in any language can
 * forget to protect them.
 */
export class Quoted {
  /** The text as one printable line. */
  readonly line: string;

  constructor(text: string) {
    this.line = printable(text);
  }

  /** The text for the body of a message, in which no mail program finds a link. */
  get withoutLinks(): string {
    return withoutLinks(this.line);
  }
}

/** A sentence of a message, with the names in it. */
export type Sentence = readonly (string | Quoted)[];

/** Writes a sentence with names: `` sentence`${inviter} invites you.` ``. */
export const sentence = (strings: TemplateStringsArray, ...values: readonly (string | Quoted)[]): Sentence =>
  strings.flatMap((text, index) => [text, ...values.slice(index, index + 1)]);

/** What a message says, in the language of its recipient. */
export interface MessageText {
  readonly subject: Sentence;
  /** Heading of the HTML form. */
  readonly title: Sentence;
  /** Paragraphs before the link. */
  readonly opening: readonly Sentence[];
  /** The one link of the message; null for a message without a link. */
  readonly link: {
    readonly url: string;
    readonly button: string;
    /** Line before the address in the plain text. */
    readonly introduction: string;
    /** Line before the address below the button in HTML. */
    readonly instead: string;
  } | null;
  /** Paragraphs after the link. */
  readonly closing: readonly Sentence[];
}

/** Longer subjects are cut to this number of characters. */
const MAX_SUBJECT = 200;

/** Composes the message as text and as HTML. Names cannot inject HTML or headers, and do not become links. @param language BCP 47 tag of the texts. */
export function composed({ subject, title, opening, link, closing }: MessageText, language: string): Message {
  const paragraphs = (sentences: readonly Sentence[]): string => sentences.map(plain).join('\n');
  const parts = [paragraphs(opening), ...(link === null ? [] : [`${link.introduction}\n${link.url}`]), paragraphs(closing)];
  return {
    subject: cutSubject(subject.map((part) => (part instanceof Quoted ? part.line : part)).join('')),
    text: `${parts.filter((part) => part !== '').join('\n\n')}\n`,
    html: htmlOf({
      title: escaped(title), preview: escaped(opening[0] ?? []), opening: opening.map(rich), closing: closing.map(rich), language,
      link: link === null ? null : { url: escapeHtml(link.url), button: escapeHtml(link.button), instead: escapeHtml(link.instead) },
    }),
  };
}

/** The subject as one printable line of at most 200 characters. */
export const cutSubject = (subject: string): string => [...printable(subject)].slice(0, MAX_SUBJECT).join('');

/** What mail programs make links of: the punctuation of addresses, in ASCII and in the forms that IDNA and NFKC turn into it. */
const PUNCTUATION_OF_ADDRESSES = /(?<=\S)[.:/\\@。．｡：／＼＠](?=\S)/gu;

/**
 * Puts word joiners around the punctuation of addresses, wherever it stands within a word. They are invisible, allow no line break,
 * and no mail program reads across them, so that neither `www.example.com`, `mailto:a@example.com` nor `//host/path` becomes a link.
 */
const withoutLinks = (text: string): string => text.replace(PUNCTUATION_OF_ADDRESSES, '\u2060$&\u2060');

/** Removes word joiners from the text of a message, so that it can be searched for a name. */
export const withoutWordJoiners = (text: string): string => text.replaceAll('\u2060', '');

/** Escapes text for use between HTML tags and in quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const plain = (parts: Sentence): string => parts.map((part) => (part instanceof Quoted ? part.withoutLinks : part)).join('');
const escapedPart = (part: string | Quoted): string => escapeHtml(part instanceof Quoted ? part.withoutLinks : part);
const escaped = (parts: Sentence): string => parts.map(escapedPart).join('');
const rich = (parts: Sentence): string => parts.map((part) => (part instanceof Quoted ? `<strong>${escapedPart(part)}</strong>` : escapedPart(part))).join('');
