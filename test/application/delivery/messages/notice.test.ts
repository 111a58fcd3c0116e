import { LANGUAGES } from '../../../../src/application/delivery/messages/languages';
import { withoutWordJoiners } from '../../../../src/application/delivery/messages/message';
import { composeNotice } from '../../../../src/application/delivery/messages/notice';

const FACTS = {
  accountName: 'gx624 Keap Pro Recording', name: 'Ada Admin', keapId: 'ada@example.com', reason: 'The owner has left, ticket 4711', at: '2026-03-08T14:05:00.000Z', awaited: true, isRecipient: false,
};

describe('a notice to an admin', () => {
  it('says who was appointed where, when and why, and how the new admin comes in', () => {
    const { subject, text } = composeNotice('AdminAppointed', FACTS, 'en');
    expect(subject).toBe('Ada Admin is an admin of gx624 Keap Pro Recording now');
    expect(withoutWordJoiners(text)).toBe(`An operator appointed Ada Admin (ada@example.com) as an admin of gx624 Keap Pro Recording on 8 March 2026 at 14:05 (UTC).
The reason given: The owner has left, ticket 4711

Every admin of the app gets this message, and the app's history shows what was done.
If you did not expect it, ask the operators of this service.
`);
    expect(composeNotice('AdminAppointed', { ...FACTS, isRecipient: true }, 'en').text).toContain('Sign in with this address to open the app.');
    expect(composeNotice('AdminAppointed', { ...FACTS, isRecipient: true, awaited: false }, 'en').text).not.toContain('Sign in');
  });

  it('says whose membership was given to which sign-in', () => {
    const { subject, text } = composeNotice('UserRebound', FACTS, 'en');
    expect(subject).toBe('Another sign-in for Ada Admin in gx624 Keap Pro Recording');
    expect(withoutWordJoiners(text)).toContain('An operator gave the membership of Ada Admin in gx624 Keap Pro Recording to the next sign-in with the address ada@example.com, on 8 March 2026 at 14:05 (UTC).\nThe sign-in that it had before has no access any more.\n');
    expect(composeNotice('UserRebound', { ...FACTS, awaited: false }, 'en').text).toContain('to another sign-in, on');
  });

  it.each(LANGUAGES)('has every fact in %s, no link, and names that are neither HTML nor links', (language) => {
    for (const type of ['AdminAppointed', 'UserRebound'] as const) {
      const { text, html } = composeNotice(type, { ...FACTS, name: '<b>www.evil.example', reason: 'See https://evil.example/<script>' }, language);
      for (const part of ['gx624 Keap Pro Recording', 'ada@example.com', '<b>www.evil.example', 'See https://evil.example/<script>', '2026']) expect(withoutWordJoiners(text)).toContain(part);
      expect(text).not.toMatch(/www\.evil|https:\/\/evil/);
      expect(html).not.toMatch(/<b>|<script|<a /);
      expect(html).toContain(`<html lang="${language}">`);
    }
  });
});
