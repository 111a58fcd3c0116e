import { parseConfig } from '../../src/config';
import { smtpServerOf } from '../../src/settings/mailSettings';
import { problemsOf } from './problemsOf';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('SMTP_URL', () => {
  it.each(['smtp://mail.example.com', 'smtps://user:pass@mail.example.com:465', 'smtp://127.0.0.1:2525?ignoreTLS=true', 'smtp://mail.example.com?tls=none&name=service.example'])('may be %s', (url) => {
    expect(parseConfig({ SMTP_URL: url, MAIL_FROM: 'a@example.com' }).smtpUrl).toBe(url);
  });

  it.each(['mail.example.com', 'http://mail.example.com', 'smtp://', 'imap://user:hidden@mail'])('cannot be %s, which the problem does not repeat', (url) => {
    const problems = problemsOf({ SMTP_URL: url, MAIL_FROM: 'a@example.com' });
    expect(problems).toEqual([expect.stringMatching(/^SMTP_URL must be an address such as smtp:/)]);
    expect(problems.join()).not.toContain('hidden');
  });

  it.each([
    ['smtp://user:hidden@mail.example.com?ignoreTLS=true', /must say tls=none/], ['smtp://mail.example.com?tls=maybe', /may have tls=none/], ['smtps://mail.example.com?tls=none', /only with smtp:/],
    ['smtp://user:hidden@mail.example.com?tls.rejectUnauthorized=false', /"tls\.rejectUnauthorized" is neither/], ['smtp://user:hidden%@mail.example.com', /write % as %25/],
  ])('cannot be %s', (url, problem) => {
    const problems = problemsOf({ SMTP_URL: url, MAIL_FROM: 'a@example.com' });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain('hidden');
  });

  it.each([
    ['smtp://mail.example.com', 'required'], ['smtp://10.0.0.1', 'required'], ['smtp://0.0.0.0', 'required'], ['smtp://localhost.example.com', 'required'], ['smtp://[2001:db8::1]', 'required'],
    ['smtp://127.0.0.1', 'offered'], ['smtp://127.9.9.9:25', 'offered'], ['smtp://localhost', 'offered'], ['smtp://[::1]:25', 'offered'], ['smtp://[::ffff:127.0.0.1]', 'offered'], ['smtp://LocalHost', 'offered'], ['smtp://mail.example.com?tls=none', 'none'],
  ])('%s has encryption %s', (url, encryption) => {
    expect(smtpServerOf(url).encryption).toBe(encryption);
  });

  it('needs a sender', () => {
    expect(problemsOf({ SMTP_URL: 'smtp://mail.example.com' })).toEqual([expect.stringMatching(/^MAIL_FROM is required with SMTP_URL/)]);
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['no-reply@example.com', '', 'no-reply@example.com'],
    ['<no-reply@example.com>', '', 'no-reply@example.com'],
    ['Partner access <no-reply@example.com>', 'Partner access', 'no-reply@example.com'],
    ['"Keap, Inc." <no-reply@example.com>', 'Keap, Inc.', 'no-reply@example.com'],
  ])('may be %s', (value, name, address) => {
    expect(parseConfig({ MAIL_FROM: value }).mailFrom).toEqual({ name, address });
  });

  it.each(['nobody', 'a@b@c', 'Keap no-reply@example.com', 'a@example.com, b@example.com', 'Keap\r\nBcc: all@example.com <a@example.com>', 'a@exa_mple.com', 'a@-example.com', '=?utf-8?Q?x?= <a@example.com>'])('cannot be %j', (value) => {
    expect(problemsOf({ MAIL_FROM: value })).toEqual([expect.stringMatching(/^MAIL_FROM must (be an address such as|not have "=\?")/)]);
  });
});

describe('MAIL_SUBJECT', () => {
  it.each(['Join us', '{accountName}: an invitation from {inviter}'])('may be %s', (subject) => {
    expect(parseConfig({ MAIL_SUBJECT: subject }).mailSubject).toBe(subject);
  });

  it.each(['Hello {name}', 'Hello {inviter', 'two\nlines', 'x'.repeat(201)])('cannot be %j', (subject) => {
    expect(problemsOf({ MAIL_SUBJECT: subject })).toEqual([expect.stringMatching(/^MAIL_SUBJECT (may contain \{inviter\} and \{accountName\}|must be one line)/)]);
  });
});

describe('MAIL_BOUNCE_ADDRESS', () => {
  const problems = (address: string): readonly string[] => problemsOf({ MAIL_BOUNCE_ADDRESS: address, MAIL_WEBHOOK_SECRET: SECRET });

  it.each(['bounces+{token}@example.com', '{token}@bounces.example.com', 'b-{token}-{x}@example.com'])('may be %s', (address) => {
    expect(parseConfig({ MAIL_BOUNCE_ADDRESS: address, MAIL_WEBHOOK_SECRET: SECRET }).mailBounceAddress).toBe(address);
  });

  it.each(['bounces@example.com', 'bounces@{token}.example.com', '{token}{token}@example.com', 'bounces of mail+{token}@example.com', 'eighteen-characters{token}@example.com', 'bücher+{token}@example.com', '{token}'])('cannot be %s', (address) => {
    expect(problems(address)).toEqual([expect.stringMatching(/^MAIL_BOUNCE_ADDRESS must be an ASCII address such as bounces\+\{token\}@example\.com/)]);
  });

  it('needs a key for the reports', () => {
    expect(problemsOf({ MAIL_BOUNCE_ADDRESS: 'bounces+{token}@example.com' })).toEqual([expect.stringMatching(/^MAIL_BOUNCE_ADDRESS needs MAIL_WEBHOOK_SECRET/)]);
  });
});

describe('MAIL_WEBHOOK_SECRET', () => {
  it('is what Standard Webhooks call one', () => {
    expect(parseConfig({ MAIL_WEBHOOK_SECRET: SECRET }).mailWebhookSecret).toBe(SECRET);
  });

  it.each([SECRET.slice(6), 'whsec_c2hvcnQ=', `whsec_${Buffer.alloc(65, 7).toString('base64')}`, `whsec_${Buffer.alloc(32, 255).toString('base64url')}`])('cannot be %s, which the problem does not repeat', (secret) => {
    const problems = problemsOf({ MAIL_WEBHOOK_SECRET: secret });
    expect(problems).toEqual([expect.stringMatching(/^MAIL_WEBHOOK_SECRET must be whsec_ followed by 24 to 64 bytes in base64/)]);
    expect(problems.join()).not.toContain(secret);
  });
});

describe('tries', () => {
  it.each([['MAIL_TRIES', '0'], ['MAIL_TRIES', '21'], ['MAIL_RETRY_SECONDS', '0'], ['MAIL_RETRY_SECONDS', '3601'], ['MAIL_TIMEOUT_SECONDS', '0'], ['MAIL_TIMEOUT_SECONDS', '301']])('%s cannot be %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be a whole number`))]);
  });
});
