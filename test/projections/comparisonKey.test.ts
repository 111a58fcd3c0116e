import fc from 'fast-check';
import { comparisonKey } from '../../src/projections/comparisonKey';

describe('the form in which names are compared', () => {
  it.each([
    ['jose', ['José', 'JOSE\u0301', 'ｊｏｓｅ', 'jo\u00adse']],
    ['ipek', ['İpek', 'IPEK', 'ipek', 'ıpek']],
    ['strasse', ['Straße', 'STRASSE', 'straẞe', 'ﬆraſſe'.replace('ﬆ', 'st')]],
    ['soren lodz', ['Søren Łódź', 'SØREN ŁÓDŹ']],
    ['nguyen van du', ['Nguyễn Văn Đủ']],
    ['οδοσ', ['Οδός', 'ΟΔΌΣ', 'οδοσ']],
    ['и', ['й', 'Й']],
    ['가각', ['가각', '가각'.normalize('NFD')]],
  ])('is %s for each of %j', (key, texts) => {
    expect(texts.map(comparisonKey)).toEqual(texts.map(() => key));
  });

  it('keeps the vowel signs of scripts that write vowels as marks, so that other words stay different', () => {
    expect(comparisonKey('कि')).not.toBe(comparisonKey('का'));
    expect(comparisonKey('กิ')).not.toBe(comparisonKey('กี'));
  });

  it('is the same for a text in either case, in either form of composition, and for itself', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'Á', 'b', 'Ç', 'đ', 'é', 'ÿ', 'ǅ', 'İ', 'ı', 'ş', 'ß', 'Σ', 'σ', 'ς', 'Ё', 'й', '王', '가'), maxLength: 12 });
    fc.assert(
      fc.property(letters, (text) => {
        const forms = [text.toLowerCase(), text.toUpperCase(), text.normalize('NFC'), text.normalize('NFD'), comparisonKey(text)];
        expect(forms.map(comparisonKey)).toEqual(forms.map(() => comparisonKey(text)));
      }),
    );
  });

  it('finds a part of a text wherever it stands', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'Á', 'ß', 'Σ', 'σ', 'ς', 'İ', 'ı', ' '), maxLength: 6 });
    fc.assert(fc.property(letters, letters, letters, (before, part, after) => comparisonKey(before + part + after).includes(comparisonKey(part))));
  });
});
