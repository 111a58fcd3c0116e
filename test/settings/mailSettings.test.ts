import { parseConfig } from '../../src/config';
import { problemsOf } from './problemsOf';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

describe('SMTP_URL', () => {
  it.each(['smtp://mail.example.com', 'smtps://user:pass@mail.example.com:465', 'smtp://127.0.0.1:2525?ignoreTLS=true'])('may be %s', (url) => {
    expect(parseConfig({ SMTP_URL: url, MAIL_FROM: 'a@example.com' }).smtpUrl).toBe(url);
  });

  it.each(['mail.example.com', 'http://mail.example.com', 'smtp://', 'imap://user:hidden@mail'])('cannot be %s, which the problem does not repeat', (url) => {
    const problems = problemsOf({ SMTP_URL: url, MAIL_FROM: 'a@example.com' });
    expect(problems).toEqual([expect.stringMatching(/^SMTP_URL must be an address such as smtp:/)]);
    expect(problems.join()).not.toContain('hidden');
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

  it.each(['nobody', 'a@b@c', 'Keap no-reply@example.com', 'a@example.com, b@example.com', 'Keap\r\nBcc: all@example.com <a@example.com>', 'a@exa_mple.com', 'a@-example.com'])('cannot be %j', (value) => {
    expect(problemsOf({ MAIL_FROM: value })).toEqual([expect.stringMatching(/^MAIL_FROM must be an address such as/)]);
  });
});

describe('MAIL_SUBJECT', () => {
  it.each(['Join us', '{accountName}: an invitation from {inviter}'])('may be %s', (subject) => {
    expect(parseConfig({ MAIL_SUBJECT: subject }).mailSubject).toBe(subject);
  });

  it.each(['Hello {name}', 'Hello {inviter', 'two\nlines', 'x'.repeat(201)])('cannot be %j', (subject) => {
    expect(problemsOf({ MAIL_SUBJECT: subject })).toEqual([expect.stringMatching(/^MAIL_SUBJECT (may hold \{inviter\} and \{accountName\}|must be one line)/)]);
  });
});

describe('MAIL_WEBHOOK_SECRET', () => {
  it('is what Standard Webhooks call one', () => {
    expect(parseConfig({ MAIL_WEBHOOK_SECRET: SECRET }).mailWebhookSecret).toBe(SECRET);
  });

  it.each([SECRET.slice(6), 'whsec_c2hvcnQ=', `whsec_${Buffer.alloc(65, 7).toString('base64')}`, `whsec_${Buffer.alloc(32, 255).toString('base64url')}`])('cannot be %s, which the problem does not repeat', (secret) => {
    const problems = problemsOf({ MAIL_WEBHOOK_SECRET: secret });
    expect(problems).toEqual([expect.stringMatching(/^MAIL_WEBHOOK_SECRET must be whsec_ and 24 to 64 bytes in base64/)]);
    expect(problems.join()).not.toContain(secret);
  });
});

describe('tries', () => {
  it.each([['MAIL_TRIES', '0'], ['MAIL_TRIES', '21'], ['MAIL_RETRY_SECONDS', '0'], ['MAIL_RETRY_SECONDS', '3601'], ['MAIL_TIMEOUT_SECONDS', '0'], ['MAIL_TIMEOUT_SECONDS', '301']])('%s cannot be %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be a whole number`))]);
  });
});
