import fc from 'fast-check';
import { maskKeapId, normalizeKeapId, parseKeapId } from '../../src/domain/keapId';

const codeOf = (raw: string): unknown => {
  try {
    return parseKeapId(raw);
  } catch (error) {
    return error;
  }
};
const invalid = expect.objectContaining({ code: 'INVALID_KEAP_ID', facts: { field: 'keapId' } }) as unknown;
const address = fc.emailAddress().filter((one) => !/[",:;<>()[\]\\]/.test(one));

describe('a Keap ID', () => {
  it.each([
    ['coach@example.com', 'coach@example.com'],
    ['  Coach@Example.COM ', 'coach@example.com'],
    ['o\'hara+tag@example.com', 'o\'hara+tag@example.com'],
    ['a.b@example.com', 'a.b@example.com'],
    ['ｃｏａｃｈ@example.com', 'coach@example.com'],
    ['cafe\u0301@example.com', 'caf\u00e9@example.com'],
    ['INFO@BÜCHER.example', 'info@bücher.example'],
    ['info@उदाहरण.परीक्षा', 'info@उदाहरण.परीक्षा'],
    ['root@localhost', 'root@localhost'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is compared as %j and kept as typed', (raw, normalized) => {
    expect(parseKeapId(raw)).toEqual({ display: raw.trim(), normalized });
  });

  it.each([
    '', ' ', 'coach', '@example.com', 'coach@', 'a@b@example.com', 'co ach@example.com', 'coach@exam ple.com', 'coach@example..com', 'coach@.example.com',
    'coach@example.com.', 'coach@-example.com', 'coach@example-.com', 'Coach <coach@example.com>', '"coach"@example.com', 'coach@example.com, other@example.com',
    'coach@example.com;other@example.com', 'coach(comment)@example.com', 'coach@[127.0.0.1]', 'co\u0000ach@example.com', 'coach@example.com\r\nBcc: other@example.com',
    'coach\t@example.com', 'co\u200bach@example.com', 'coach\u3164@example.com', 'co\u034fach@example.com', 'coach@exam\ufe0fple.com', '\u3164@example.com', 'co\u202each@example.com', 'a＠b@example.com', `${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.example`,
  ])('%j is none', (raw) => {
    expect(codeOf(raw)).toEqual(invalid);
  });

  it('has at most 254 characters', () => {
    const domain = `${'d'.repeat(60)}.`.repeat(4);
    const longest = `${'a'.repeat(254 - 1 - domain.length - 2)}@${domain}ex`;
    expect(longest).toHaveLength(254);
    expect(parseKeapId(longest).normalized).toBe(longest);
    expect(codeOf(`a${longest}`)).toEqual(invalid);
    const shorterCompared = `${'e\u0301'.repeat(64)}@${`${'e\u0301'.repeat(60)}.`.repeat(2)}ex`;
    const longerCompared = `${'\ufb03'.repeat(21)}@${`${'\ufb03'.repeat(20)}.`.repeat(4)}ex`;
    for (const raw of [shorterCompared, longerCompared]) expect(codeOf(raw)).toEqual(invalid);
  });

  it('names the field that it came in', () => {
    expect(() => parseKeapId('coach', 'ownerKeapId')).toThrow(expect.objectContaining({ facts: { field: 'ownerKeapId' } }));
  });

  it('is compared in the same form however often that is made', () => {
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

  it('is the same in any case and with spaces around it', () => {
    fc.assert(
      fc.property(address, fc.constantFrom('', ' ', '\u00a0', '  '), (raw, space) => {
        expect(parseKeapId(`${space}${raw.toUpperCase()}${space}`).normalized).toBe(parseKeapId(raw).normalized);
      }),
    );
  });

  it('takes no time that grows with what is wrong about it', () => {
    const begun = performance.now();
    for (const raw of [`a@${'a-'.repeat(120)}!`, 'a'.repeat(250), `a@${'a.'.repeat(120)}!`, `${'é'.repeat(100_000)}@`]) expect(codeOf(raw)).toEqual(invalid);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe('a masked Keap ID', () => {
  it.each([
    ['pat@acme.com', 'p•••@acme.com'],
    ['p@acme.com', 'p•••@acme.com'],
    ['Pat@Acme.com', 'P•••@Acme.com'],
    ['𝒫at@acme.com', '𝒫•••@acme.com'],
  ])('of %s is %s', (keapId, masked) => {
    expect(maskKeapId(keapId)).toBe(masked);
  });

  it('shows the first letter and where the address is, and nothing else', () => {
    fc.assert(
      fc.property(address, (keapId) => {
        expect(maskKeapId(keapId)).toBe(`${keapId.slice(0, 1)}•••${keapId.slice(keapId.lastIndexOf('@'))}`);
      }),
    );
  });

  it('does not tell how long the address is', () => {
    expect(maskKeapId('pat@acme.com')).toBe(maskKeapId('patricia.the.long@acme.com'));
  });
});
