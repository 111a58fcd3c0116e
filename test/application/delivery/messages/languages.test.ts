import { acceptedLanguage, LANGUAGES, languageOf, textsIn } from '../../../../src/application/delivery/messages/languages';
import { MAIL_LANGUAGES } from '../../../../src/settings/mailSettings';

/** Every text of a language, by its path. */
const placeholdersIn = (value: unknown, path = ''): readonly string[] =>
  typeof value === 'string' ? [`${path} ${(value.match(/\{\w+\}/g) ?? []).sort().join(' ')}`] : Object.entries(value ?? {}).flatMap(([key, inner]) => placeholdersIn(inner, `${path}.${key}`));

describe('languages', () => {
  it('are those of MAIL_LANGUAGE', () => {
    expect([...LANGUAGES].sort()).toEqual([...MAIL_LANGUAGES].sort());
  });

  it.each(LANGUAGES)('have the same placeholders in %s as in English', (language) => {
    expect(placeholdersIn(textsIn(language).invitationPage).filter((text) => !text.startsWith('.ended'))).toEqual(placeholdersIn(textsIn('en').invitationPage).filter((text) => !text.startsWith('.ended')));
    expect(textsIn(language).language).toBe(language);
  });

  it.each([['de', 'de'], ['de-AT', 'de'], ['DE_ch', 'de'], [' en-GB', 'en'], ['fr', null], ['', null], ['deu', null], ['-de', null], ['x'.repeat(200), null]])('are found by the tag %j', (tag, language) => {
    expect(languageOf(tag)).toBe(language);
  });

  it.each([
    ['de-DE,de;q=0.9,en;q=0.8', 'de'], ['fr, en;q=0.5, de;q=0.7', 'de'], ['fr-FR, fr', null], ['de;q=0, en', 'en'], ['*', null], ['', null], [';;;,,q=1', null], ['de;q=x, en;q=0.9', 'de'],
  ])('are chosen by the header %j', (header, language) => {
    expect(acceptedLanguage(header)).toBe(language);
  });
});
