import { composeInvitation, type InvitationFacts } from '../../src/application/invitationMessage';

const FACTS: InvitationFacts = {
  inviter: 'Olivia Owner',
  accountName: 'gx624 Keap Pro Recording',
  kind: 'PARTNER',
  role: 'STANDARD',
  expiresAt: '2026-03-08T14:05:00.000Z',
  link: 'https://partners.example/invitation#abc_DEF-123',
};
const SUBJECT = '{inviter} invites you to {accountName}';

const compose = (more: Partial<InvitationFacts> = {}, subject = SUBJECT): ReturnType<typeof composeInvitation> => composeInvitation({ ...FACTS, ...more }, subject);

describe('the message of an invitation', () => {
  it('says who invites to what, as what and until when, in HTML and as text', () => {
    const { subject, text, html } = compose();
    expect(subject).toBe('Olivia Owner invites you to gx624 Keap Pro Recording');
    expect(text).toContain('Olivia Owner invites you to gx624 Keap Pro Recording, as a partner with the role Standard.');
    expect(text).toContain('valid until 8 March 2026 at 14:05 (UTC)');
    expect(text).toContain('\nhttps://partners.example/invitation#abc_DEF-123\n');
    expect(html).toContain('<strong>Olivia Owner</strong> invites you to <strong>gx624 Keap Pro Recording</strong>, as a partner with the role Standard.');
    expect(html).toContain('8 March 2026 at 14:05 (UTC)');
  });

  it('says whether it is for a user or a partner, and with which role', () => {
    expect(compose({ kind: 'USER', role: 'ADMIN' }).text).toContain('as a user with the role Admin.');
  });

  it('has one button, one heading, a language and a title, works light and dark, and loads nothing', () => {
    const { html } = compose();
    expect(html.match(/<a /g)).toHaveLength(1);
    expect(html).toContain(`href="${FACTS.link}"`);
    expect(html.match(/<h1/g)).toHaveLength(1);
    expect(html).toMatch(/<html lang="en">[^]*<title>Invitation to gx624/);
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html).not.toMatch(/<(img|script|link|iframe)|url\(|src=/);
  });

  it('shows names as they are, whatever they would mean in HTML', () => {
    const { html } = compose({ inviter: '<img src=x onerror=alert(1)>', accountName: 'a "b" & \'c\' <title>' });
    expect(html).not.toContain('<img');
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(html).toContain('a &#34;b&#34; &#38; &#39;c&#39; &#60;title&#62;');
  });

  it('makes no header of a name', () => {
    const { subject } = compose({ inviter: 'Eve\r\nBcc: all@example.com\u2028X: y\u0000', accountName: 'a\u202Eb' });
    expect(subject).toBe('Eve Bcc: all@example.com X: y invites you to a b');
  });

  it('puts names into the subject once, and does not look for placeholders in them', () => {
    expect(compose({ inviter: '{accountName} $& $1' }).subject).toBe('{accountName} $& $1 invites you to gx624 Keap Pro Recording');
    expect(compose({}, 'Join us').subject).toBe('Join us');
  });

  it('cuts a subject that is too long between characters', () => {
    const { subject } = compose({ inviter: '😀'.repeat(300) });
    expect(subject).toBe('😀'.repeat(200));
  });

  it('makes no links of names, and leaves a Keap ID as it is', () => {
    const { text, html } = compose({ inviter: 'Free money: https://evil.example/x', accountName: 'evil.example' });
    expect(text.match(/https?:\/\/\S+/g)).toEqual([FACTS.link]);
    for (const body of [text, html]) expect(body).not.toMatch(/evil\.example/);
    expect(compose({ inviter: 'olivia.owner@keap.example' }).text).toContain('olivia.owner@keap.example invites you');
  });
});
