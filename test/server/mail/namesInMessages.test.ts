import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import { composeInvitation } from '../../../src/application/delivery/messages/invitation';
import { LANGUAGES } from '../../../src/application/delivery/messages/languages';
import { cutSubject, withoutWordJoiners } from '../../../src/application/delivery/messages/message';
import { printable } from '../../../src/domain/fields';
import { SmtpTransport } from '../../../src/server/mail/smtpTransport';
import { SmtpInbox } from '../../support/smtpInbox';

const LINK = 'https://partners.example/invitation#abc_DEF-123';
const TO = 'paula@coach.example';

const pieces = [
  '=?utf-8?Q?Your_bank?=', '=?UTF-8?B?WW91ciBiYW5r?=', '=?', '?=', '=?iso-8859-1?q?=3F=3D?=', 'www.evil.example?a@b', 'https://evil.example/x', 'HTTP://EVIL.EXAMPLE', 'evil.example/x', 'evil.com', 'www.evil.com', 'chief@bank.com',
  'mailto:chief@bank.com', 'tel:+1555', '//evil.com', '\\\\evil.com\\share', '1.2.3.4', 'ftp://a', 'evil。com', 'chief＠bank．com', '<a href="https://evil.com">', '</strong>', '&amp;', '"', '\'', '<!--', '\r\nBcc: all@evil.com', '\r\n\r\n', '\u2028', '\u202e',
  '\u2066', '\u0000', '\u200b', '\u2060', 'Zoë', '李雷', 'محمد', '😀', '\ud800', 'From ', '.', ' ', '  ', ',', ';', '{accountName}', '$&', '=3D', '=\r\n', 'x'.repeat(90), 'ü'.repeat(60),
];
const names = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) }), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')).filter((name) => printable(name) !== '');

const hrefsIn = (html: string): readonly string[] => [...html.matchAll(/href\s*=\s*"([^"]*)"/gi)].map(([, href = '']) => href);
const visibleIn = (html: string): string =>
  html.replace(/<style>[^]*?<\/style>|<title>[^]*?<\/title>|<[^>]*>/g, ' ').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
/** The links that a mail program which turns addresses into links finds in a text. */
const linksFoundIn = async (text: string): Promise<readonly string[]> => hrefsIn((await simpleParser(`Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`)).textAsHtml ?? '');

describe('names in messages', () => {
  let inbox: SmtpInbox;
  let transport: SmtpTransport;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
    transport = new SmtpTransport({ url: `smtp://127.0.0.1:${inbox.port}`, from: { name: 'Partner access', address: 'no-reply@partners.example' }, bounceAddressOf: () => null, timeoutMs: 5_000 });
  });
  afterAll(async () => {
    await transport.close();
    await inbox.close();
  });

  it('arrive as they are, in the subject, the text and the HTML, and no link is made of them', async () => {
    await fc.assert(fc.asyncProperty(names, names, fc.option(names), fc.constantFrom(...LANGUAGES), fc.constantFrom(null, '{inviter} invites you to {accountName}'), async (inviter, accountName, reason, language, subject) => {
      inbox.arrived.length = 0;
      const message = composeInvitation({ inviter, accountName, kind: 'PARTNER', role: 'STANDARD', reason, expiresAt: '2026-03-08T14:05:00.000Z', link: LINK }, subject, language);
      await transport.send({ ...message, to: TO, messageId: '<1.1@partners.example>' });
      const { parsed, to } = inbox.arrived[0]!;
      const [from, app] = [printable(inviter), printable(accountName)];
      expect(parsed.subject).toBe(message.subject);
      if (language === 'en' || subject !== null) expect(parsed.subject).toBe(cutSubject(`${from} invites you to ${app}`));
      expect([to, parsed.from?.text, [parsed.to].flat().map((one) => one?.text)]).toEqual([[TO], '"Partner access" <no-reply@partners.example>', [TO]]);
      expect(parsed.headerLines.map(({ key }) => key).sort()).toEqual(['auto-submitted', 'content-type', 'date', 'from', 'message-id', 'mime-version', 'subject', 'to']);
      const html = parsed.html || '';
      for (const body of [parsed.text ?? '', visibleIn(html)]) for (const name of [from, app, printable(reason ?? '')]) expect(withoutWordJoiners(body)).toContain(withoutWordJoiners(name));
      // The button, and its address below it.
      expect(hrefsIn(html)).toEqual([LINK, LINK]);
      expect(html.match(/<(?!\/?(?:html|head|meta|title|style|body|main|div|table|tr|td|h1|p|br|a|strong)\b|!doctype)/gi)).toBeNull();
      expect(await linksFoundIn(parsed.text ?? '')).toEqual([LINK]);
      expect(await linksFoundIn(visibleIn(html))).toEqual([LINK]);
    }), { numRuns: 30, examples: [['=?utf-8?Q?Your_bank?=', 'gx624 =?utf-8?Q?x?=', null, 'en', null], ['www.evil.example?a@b', 'gx624 https://evil.com', 'https://evil.com/<b>', 'en', null]] });
  });
});
