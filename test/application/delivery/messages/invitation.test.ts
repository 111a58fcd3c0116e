import { composeInvitation, type InvitationData } from '../../../../src/application/delivery/messages/invitation';
import { withoutWordJoiners } from '../../../../src/application/delivery/messages/message';

const FACTS: InvitationData = {
  inviter: 'Olivia Owner',
  accountName: 'gx624 Keap Pro Recording',
  kind: 'PARTNER',
  role: 'STANDARD',
  reason: null,
  expiresAt: '2026-03-08T14:05:00.000Z',
  link: 'https://partners.example/invitation#abc_DEF-123',
};

const compose = (more: Partial<InvitationData> = {}, subject: string | null = null, language: Parameters<typeof composeInvitation>[2] = 'en'): ReturnType<typeof composeInvitation> =>
  composeInvitation({ ...FACTS, ...more }, subject, language);

describe('composeInvitation', () => {
  it('names inviter, account, role and expiry in HTML and text', () => {
    const { subject, text, html } = compose();
    expect(subject).toBe('Olivia Owner invites you to gx624 Keap Pro Recording');
    expect(text).toContain('Olivia Owner invites you to gx624 Keap Pro Recording, as a partner with the role Standard.');
    expect(text).toContain('valid until 8 March 2026 at 14:05 (UTC)');
    expect(text).toContain('\nhttps://partners.example/invitation#abc_DEF-123\n');
    expect(html).toContain('<strong>Olivia Owner</strong> invites you to <strong>gx624 Keap Pro Recording</strong>, as a partner with the role Standard.');
    expect(html).toContain('8 March 2026 at 14:05 (UTC)');
  });

  it('is written in the language asked for', () => {
    const { subject, text, html } = compose({}, null, 'de');
    expect(subject).toBe('Olivia Owner lädt Sie zu gx624 Keap Pro Recording ein');
    expect(text).toContain('als Partner mit der Rolle Standard.');
    expect(text).toContain('gilt bis 8. März 2026 um 14:05 (UTC).');
    expect(html).toContain('<html lang="de">');
    expect(compose({}, 'Join {accountName}', 'de').subject).toBe('Join gx624 Keap Pro Recording');
  });

  it('tells the reason where one was given, without links in it', () => {
    const reason = 'Runs the <b>spring</b> campaign, see www.evil.example';
    const [english, german] = [compose({ reason }), compose({ reason }, null, 'de')];
    expect(withoutWordJoiners(english.text)).toContain(`\nThe reason given: ${reason}\n`);
    expect(withoutWordJoiners(german.text)).toContain(`\nAngegebener Grund: ${reason}\n`);
    expect(withoutWordJoiners(english.html)).toContain('The reason given: <strong>Runs the &#60;b&#62;spring&#60;/b&#62; campaign');
    expect(english.text).not.toContain('www.evil.example');
    expect([compose().text, compose({}, null, 'de').html].join()).not.toMatch(/reason|Grund/);
  });

  it('distinguishes users from partners, and roles', () => {
    expect(compose({ kind: 'USER', role: 'ADMIN' }).text).toContain('as a user with the role Admin.');
  });

  it('produces HTML with one button and its address, one heading, a language, a title and a dark theme that loads nothing', () => {
    const { html } = compose();
    expect([...html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, href, text]) => [href, text])).toEqual([[FACTS.link, 'See the invitation'], [FACTS.link, FACTS.link]]);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).toMatch(/<html lang="en">[^]*<title>Invitation to gx624/);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/<(img|script|link|iframe)|url\(|src=/);
  });

  it('escapes names in HTML', () => {
    const { html } = compose({ inviter: '<img src=x onerror=alert(1)>', accountName: 'a "b" & \'c\' <title>' });
    expect(html).not.toContain('<img');
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(html).toContain('a &#34;b&#34; &#38; &#39;c&#39; &#60;title&#62;');
  });

  it('does not let a name inject a header', () => {
    const { subject } = compose({ inviter: 'Eve\r\nBcc: all@example.com\u2028X: y\u0000', accountName: 'a\u202Eb' });
    expect(subject).toBe('Eve Bcc: all@example.com X: y invites you to a b');
  });

  it('does not replace placeholders within names', () => {
    expect(compose({ inviter: '{accountName} $& $1' }, '{inviter} invites you to {accountName}').subject).toBe('{accountName} $& $1 invites you to gx624 Keap Pro Recording');
    expect(compose({}, 'Join us').subject).toBe('Join us');
  });

  it('cuts a long subject between characters', () => {
    const { subject } = compose({ inviter: '😀'.repeat(300) });
    expect(subject).toBe('😀'.repeat(200));
  });

  it.each(['Free money: https://evil.example/x', 'evil.example', 'www.evil.example?a@b', 'chief@bank.example', 'mailto:a', '//host/path', '\\\\host\\share', 'evil。example', 'a＠b．example', '10.0.0.1'])(
    'does not let the name %s become a link',
    (name) => {
      const { text, html } = compose({ inviter: name, accountName: name });
      for (const body of [text, html.replace(/<style>[^]*<\/style>|<[^>]*>/g, '')].map((one) => one.replaceAll(FACTS.link, '').replaceAll('14:05', ''))) {
        expect(body).not.toMatch(/[^\s\u2060][.:/\\@。．＠][^\s\u2060]|\/\/|\\\\/);
        expect(withoutWordJoiners(body)).toContain(name);
      }
    },
  );

  it('leaves names without addresses as they are', () => {
    for (const inviter of ['J. R. R. Tolkien', 'Keap, Inc.', 'Zoë O’Neil-Smith', 'R & D']) expect(compose({ inviter }).text).toContain(`${inviter} invites you`);
  });
});
