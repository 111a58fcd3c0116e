import fc from 'fast-check';
import { formerKeapIds, maskKeapId, normalizeKeapId, parseKeapId } from '../../src/domain/keapId';
import { cpuOf } from '../hostile/cpu';

const codeOf = (raw: string): unknown => {
  try {
    return parseKeapId(raw);
  } catch (error) {
    return error;
  }
};
const invalid = expect.objectContaining({ code: 'INVALID_KEAP_ID', facts: { field: 'keapId' } }) as unknown;
const address = fc.emailAddress().filter((one) => !/[",:;<>()[\]\\]/.test(one));

/** One character in the local part and in the domain of an address. */
const placesOf = (character: string): readonly string[] => [`a${character}b@example.com`, `x@a${character}b.example`];
const characters = fc.oneof(fc.integer({ min: 0x80, max: 0x2fff }), fc.integer({ min: 0x3000, max: 0x1ffff }), fc.integer({ min: 0x20000, max: 0x10ffff })).filter((code) => code < 0xd800 || code > 0xdfff).map((code) => String.fromCodePoint(code));

describe('a Keap ID', () => {
  it.each([
    ['coach@example.com', 'coach@example.com'],
    ['  Coach@Example.COM ', 'coach@example.com'],
    ['\ufeffcoach@example.com\u200b\r\n', 'coach@example.com'],
    ['\u3000\u00ad\u2800coach@example.com\u3164', 'coach@example.com'],
    ['o\'hara+tag@example.com', 'o\'hara+tag@example.com'],
    ['a.b@example.com', 'a.b@example.com'],
    ['cafe\u0301@example.com', 'caf\u00e9@example.com'],
    ['a@münchen.example', 'a@xn--mnchen-3ya.example'],
    ['a@mu\u0308NCHEN.example', 'a@xn--mnchen-3ya.example'],
    ['a@XN--mnchen-3YA.example', 'a@xn--mnchen-3ya.example'],
    ['a@straße.example', 'a@xn--strae-oqa.example'],
    ['a@STRAẞE.example', 'a@xn--strae-oqa.example'],
    ['a@strasse.example', 'a@strasse.example'],
    ['straße@example.com', 'straße@example.com'],
    ['STRAẞE@example.com', 'straße@example.com'],
    ['İ@example.com', 'i\u0307@example.com'],
    ['ΟΔΟΣ@example.com', 'οδοσ@example.com'],
    ['οδος@example.com', 'οδος@example.com'],
    ['info@उदाहरण.परीक्षा', 'info@xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g'],
    ['root@localhost', 'root@localhost'],
    ['a@192.0.2.1', 'a@192.0.2.1'],
    ['a@0x7f.1', 'a@0x7f.1'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is compared as %j and kept as typed, without what is around it', (raw, normalized) => {
    const { display, normalized: compared } = parseKeapId(raw);
    expect(compared).toBe(normalized);
    expect(raw).toContain(display);
    expect(display).toMatch(/^[^\s\u200b\ufeff\u2800\u00ad\u3164]+$/u);
  });

  it.each([
    '', ' ', 'coach', '@example.com', 'coach@', 'a@b@example.com', 'co ach@example.com', 'coach@exam ple.com', 'coach@example..com', 'coach@.example.com',
    'coach@example.com.', 'coach@-example.com', 'coach@example-.com', 'Coach <coach@example.com>', '"coach"@example.com', 'coach@example.com, other@example.com',
    'coach@example.com;other@example.com', 'coach(comment)@example.com', 'coach@[127.0.0.1]', 'co\u0000ach@example.com', 'coach@example.com\r\nBcc: other@example.com',
    'coach\t@example.com', 'a＠b@example.com', `${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.example`, `a@${'ü'.repeat(63)}.example`, '\u0000coach@example.com',
    'coach@exam\ufffdple.com', 'co\ufffdach@example.com', 'co\ud800ach@example.com', 'coach@xn--a.example', 'coach@xn--coach-x.example', 'coach@xn--.example', 'coach@ex。ample.com',
  ])('%j is refused', (raw) => {
    expect(codeOf(raw)).toEqual(invalid);
  });

  it.each([
    ['full-width letters', 'ｃｏａｃｈ@example.com'],
    ['the Kelvin sign', '\u212aate@example.com'],
    ['the Ångström sign', '\u212bke@example.com'],
    ['a long s', 'de\u017fk@example.com'],
    ['a ligature', 'o\ufb03ce@example.com'],
    ['a one-dot leader', 'a\u2024b@example.com'],
    ['a full-width dot', 'a@example\uff0ecom'],
    ['a superscript', 'a²@example.com'],
    ['a Roman numeral', 'a@Ⅷ.example'],
    ['a mathematical letter', '𝒫at@example.com'],
    ['a feminine ordinal', 'mª@example.com'],
    ['an invisible separator', 'co\u2063ach@example.com'],
    ['a zero-width space', 'co\u200bach@example.com'],
    ['a soft hyphen', 'co\u00adach@example.com'],
    ['a joiner', 'a@co\u200dach.example'],
    ['a filler', 'co\u3164ach@example.com'],
    ['a blank Braille pattern', 'co\u2800ach@example.com'],
    ['an annotation', 'co\ufffaach@example.com'],
    ['a combining joiner', 'co\u034fach@example.com'],
    ['a variation selector', 'coach@exam\ufe0fple.com'],
    ['a change of the text direction', 'co\u202each@example.com'],
    ['an isolate', 'co\u2066ach@example.com'],
  ])('with %s is refused, because it looks like another one', (_what, raw) => {
    expect(codeOf(raw)).toEqual(invalid);
  });

  it('has at most 254 characters, as typed and in the form for comparison', () => {
    const domain = `${'d'.repeat(60)}.`.repeat(4);
    const longest = `${'a'.repeat(254 - 1 - domain.length - 2)}@${domain}ex`;
    expect(longest).toHaveLength(254);
    expect(parseKeapId(longest).normalized).toBe(longest);
    expect(codeOf(`a${longest}`)).toEqual(invalid);
    expect(parseKeapId(`${' '.repeat(300)}${longest}`).display).toBe(longest);
    const shorterCompared = `${'e\u0301'.repeat(64)}@${`${'e\u0301'.repeat(60)}.`.repeat(2)}ex`;
    const longerCompared = `${'a'.repeat(64)}@${`${'ü'.repeat(30)}.`.repeat(6)}ex`;
    expect(longerCompared.length).toBeLessThan(254);
    for (const raw of [shorterCompared, longerCompared]) expect(codeOf(raw)).toEqual(invalid);
  });

  it('has no character that Unicode NFKC changes, in any script, before and after it is normalized', () => {
    fc.assert(
      fc.property(characters, (character) => {
        for (const raw of placesOf(character)) {
          const parsed = codeOf(raw);
          if (parsed instanceof Error) {
            expect(parsed).toEqual(invalid);
            expect(normalizeKeapId(normalizeKeapId(raw))).toBe(normalizeKeapId(raw));
            continue;
          }
          expect(character.normalize('NFKC')).toBe(character);
          const { normalized } = parseKeapId(raw);
          expect(normalized.normalize('NFKC')).toBe(normalized);
          expect(parseKeapId(normalized).normalized).toBe(normalized);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is compared without regard to the characters around a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('Σ', 'ς', 'σ', 'Α', '.', 'İ', 'I', 'ẞ', 'K') , minLength: 1, maxLength: 6 }), fc.string({ unit: fc.constantFrom('Σ', 'Α', 'b'), minLength: 1, maxLength: 3 }), (one, two) => {
        const local = (text: string): string => normalizeKeapId(`${text}@example.com`).replace('@example.com', '');
        expect(local(one + two)).toBe((local(one) + local(two)).normalize('NFC'));
      }),
      { numRuns: 300 },
    );
  });

  it('names the field of the input in its refusal', () => {
    expect(() => parseKeapId('coach', 'ownerKeapId')).toThrow(expect.objectContaining({ facts: { field: 'ownerKeapId' } }));
  });

  it('is normalized idempotently', () => {
    const anything = fc.oneof(address, fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }).map((local) => `${local}@example.com`));
    fc.assert(
      fc.property(anything, (raw) => {
        const parsed = codeOf(raw);
        if (parsed instanceof Error) return;
        const { normalized, display } = parseKeapId(raw);
        expect(normalizeKeapId(normalized)).toBe(normalized);
        expect(normalizeKeapId(display)).toBe(normalized);
        expect(parseKeapId(normalized).normalized).toBe(normalized);
      }),
      { numRuns: 500 },
    );
  });

  it('ignores case and surrounding spaces in comparisons', () => {
    fc.assert(
      fc.property(address, fc.constantFrom('', ' ', '\u00a0', '  '), (raw, space) => {
        expect(parseKeapId(`${space}${raw.toUpperCase()}${space}`).normalized).toBe(parseKeapId(raw).normalized);
      }),
    );
  });

  it('was compared in other forms, which name older keys and streams', () => {
    expect(formerKeapIds('a@bücher.example')).toEqual(['a@bücher.example']);
    expect(formerKeapIds('a@xn--bcher-kva.example')).toEqual(['a@bücher.example']);
    expect(formerKeapIds('Ｃoach@example.com')).toEqual(['coach@example.com']);
    expect(formerKeapIds('Coach@Example.com')).toEqual([]);
  });

  it('is parsed in bounded time, also when it is malformed', async () => {
    const cpu = await cpuOf(() => {
      for (const raw of [`a${' '.repeat(100_000)}b`, `a@${'a-'.repeat(120)}!`, 'a'.repeat(250), `a@${'a.'.repeat(120)}!`, `${'é'.repeat(100_000)}@`]) expect(codeOf(raw)).toEqual(invalid);
    });
    expect(cpu).toBeLessThan(1_000);
  });
});

describe('a masked Keap ID', () => {
  it.each([
    ['pat@acme.com', 'p•••@acme.com'],
    ['p@acme.com', 'p•••@acme.com'],
    ['Pat@Acme.com', 'P•••@Acme.com'],
    ['𝒫at@acme.com', '𝒫•••@acme.com'],
  ])('is derived: %s becomes %s', (keapId, masked) => {
    expect(maskKeapId(keapId)).toBe(masked);
  });

  it('shows the first letter and the domain only', () => {
    fc.assert(
      fc.property(address, (keapId) => {
        expect(maskKeapId(keapId)).toBe(`${keapId.slice(0, 1)}•••${keapId.slice(keapId.lastIndexOf('@'))}`);
      }),
    );
  });

  it('does not reveal the length of the address', () => {
    expect(maskKeapId('pat@acme.com')).toBe(maskKeapId('patricia.the.long@acme.com'));
  });
});
