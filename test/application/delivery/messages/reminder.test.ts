import { LANGUAGES } from '../../../../src/application/delivery/messages/languages';
import { withoutWordJoiners } from '../../../../src/application/delivery/messages/message';
import { composeReminder } from '../../../../src/application/delivery/messages/reminder';

const FACTS = { accountName: 'gx624 Keap Pro Recording', dueAt: '2026-03-08T14:05:00.000Z', people: 1_200, undecided: 5, link: 'https://partners.example/reviews/r1' };

describe('a reminder of an access review', () => {
  it('says what is due when, how much of it is decided, and what to do next', () => {
    const { subject, text } = composeReminder({ ...FACTS, reminder: 'WEEK' }, 'en');
    expect(subject).toBe('The access review of gx624 Keap Pro Recording is due on 8 March 2026 at 14:05 (UTC)');
    expect(text).toBe(`The access review of gx624 Keap Pro Recording is due on 8 March 2026 at 14:05 (UTC).
Decided so far: 1,195 of 1,200.
Decide for everybody else whether they keep their access, then sign the review off.

Open the review:
https://partners.example/reviews/r1

Every admin of the app gets this message. Nobody decides on their own access, so another admin decides on yours.
`);
    expect(composeReminder({ ...FACTS, reminder: 'DAY' }, 'en').text).toBe(text);
  });

  it('says that the review is overdue, and that only the signing off is missing', () => {
    const { subject, text } = composeReminder({ ...FACTS, reminder: 'OVERDUE', undecided: 0 }, 'en');
    expect(subject).toBe('The access review of gx624 Keap Pro Recording is overdue');
    expect(text).toContain('was due on 8 March 2026 at 14:05 (UTC) and is not finished.\nDecided so far: 1,200 of 1,200.\nEverybody is decided on. Sign the review off to finish it.\n');
  });

  it('is written in German', () => {
    const { subject, text } = composeReminder({ ...FACTS, reminder: 'DAY' }, 'de');
    expect(subject).toBe('Die Zugangsprüfung von gx624 Keap Pro Recording ist am 8. März 2026 um 14:05 (UTC) fällig');
    expect(text).toContain('Bisher entschieden: 1.195 von 1.200.\nEntscheiden Sie bei allen anderen, ob sie ihren Zugang behalten, und zeichnen Sie die Prüfung dann ab.');
    expect(composeReminder({ ...FACTS, reminder: 'OVERDUE' }, 'de').subject).toBe('Die Zugangsprüfung von gx624 Keap Pro Recording ist überfällig');
  });

  it.each(LANGUAGES)('has no link in %s where there is no console', (language) => {
    const { text, html } = composeReminder({ ...FACTS, reminder: 'DAY', link: null }, language);
    expect(text).not.toContain('http');
    expect(html).not.toContain('href=');
  });

  it.each(LANGUAGES)('has one link in %s, and a name that is neither HTML nor a link', (language) => {
    for (const reminder of ['WEEK', 'DAY', 'OVERDUE'] as const) {
      const { text, html } = composeReminder({ ...FACTS, reminder, accountName: '<b>www.evil.example' }, language);
      expect(withoutWordJoiners(text)).toContain('<b>www.evil.example');
      expect(text).not.toContain('www.evil');
      expect(html).not.toContain('<b>');
      expect(html).toContain(`<html lang="${language}">`);
      expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([FACTS.link, FACTS.link]);
    }
  });
});
