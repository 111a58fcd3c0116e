import fc from 'fast-check';
import { DomainError } from '../../src/domain/domainError';
import { accountNameOf, isAppId, parseAppId, parseAppName, parseAppUrl, parseContactIds, parseKnownContactIds, parseLabel, parseLicences, parseOptionalReason, parsePersonName, parseReason, isPrintable } from '../../src/domain/fields';

/** The field that the refusal names. Fails when nothing is refused. */
function wrongField(parse: () => unknown): string | undefined {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toMatch(/\.$/);
    return error.facts.field;
  }
  throw new Error('nothing was refused');
}

describe('an app id', () => {
  it.each(['ab', 'gx624', 'a-', 'a1-b2', 'a'.repeat(40)])('accepts %s', (raw) => {
    expect(parseAppId(raw)).toBe(raw);
    expect(isAppId(raw)).toBe(true);
  });

  it.each(['', 'a', 'a'.repeat(41), '1a', '-a', 'Ab', 'a_b', 'a b', ' ab', 'ab\n', 'äb', 'a.b', 'a/b'])('refuses %j', (raw) => {
    expect(wrongField(() => parseAppId(raw))).toBe('appId');
    expect(isAppId(raw)).toBe(false);
  });
});

describe.each([
  ['the name of an app', parseAppName, 'name', 100],
  ['an account label', parseLabel, 'label', 100],
  ['a reason', parseReason, 'reason', 500],
  ['a reason that may be left out', (raw: string) => parseOptionalReason(raw), 'reason', 500],
  ['the name of a person', (raw: string) => parsePersonName(raw), 'name', 200],
] as const)('%s', (_, parse, field, max) => {
  it('is stored trimmed', () => {
    expect(parse('  Keap Pro  ')).toBe('Keap Pro');
  });

  it(`has at most ${max} characters, counted as code points`, () => {
    expect(parse('x'.repeat(max))).toBe('x'.repeat(max));
    expect(parse(` ${'🎙'.repeat(max)} `)).toBe('🎙'.repeat(max));
    expect(wrongField(() => parse('x'.repeat(max + 1)))).toBe(field);
  });

  it('has no control characters and no unpaired surrogates', () => {
    for (const control of ['\u0000', '\n', '\u001b', '\u009f', '\ud800']) expect(wrongField(() => parse(`a${control}b`))).toBe(field);
  });

  it.each(['a\u202eb', 'a\u2066b', 'a\u200fb', 'a\u061cb', 'a\u2028b', 'a\u2029b'])('has no character that ends a line or changes the text direction: %j', (raw) => {
    expect(wrongField(() => parse(raw))).toBe(field);
  });

  it('has a visible character', () => {
    for (const nothing of ['\u200b', '\u2060\u00ad', '\u3164', '\u{e0041}']) expect(wrongField(() => parse(nothing))).toBe(field);
    expect(parse('👩\u200d💻')).toBe('👩\u200d💻');
    expect(parse('אבי كريم')).toBe('אבי كريم');
  });

  it('does not change when it is parsed again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).filter((raw) => isPrintable(raw.trim())), (raw) => {
        const once = parse(raw);
        expect(once).toBe(raw.trim());
        expect(parse(once ?? '')).toBe(once);
      }),
    );
  });
});

describe('a required text', () => {
  it('must not be empty', () => {
    for (const empty of ['', '  ', '\u00a0']) {
      expect(wrongField(() => parseAppName(empty))).toBe('name');
      expect(wrongField(() => parseLabel(empty))).toBe('label');
      expect(wrongField(() => parseOptionalReason(empty))).toBe('reason');
    }
    for (const none of [null, undefined]) expect(parseOptionalReason(none)).toBeNull();
  });
});

describe('the name of a person', () => {
  it('may be missing', () => {
    for (const none of [null, undefined, '', '  ']) expect(parsePersonName(none)).toBeNull();
  });

  it('names the field of the input in its refusal', () => {
    expect(wrongField(() => parsePersonName('x'.repeat(201), 'ownerName'))).toBe('ownerName');
  });
});

describe('the number of licences', () => {
  it('is a whole number from 1 to 1,000,000', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), (raw) => expect(parseLicences(raw)).toBe(raw)));
    fc.assert(
      fc.property(fc.oneof(fc.integer({ max: 0 }), fc.integer({ min: 1_000_001 }), fc.double().filter((raw) => !Number.isInteger(raw))), (raw) => {
        expect(wrongField(() => parseLicences(raw))).toBe('licences');
      }),
    );
  });
});

describe('the address of an app', () => {
  it.each(['https://gx624.infusionsoft.com', 'http://localhost:3000/a?b=c#d', 'HTTPS://EXAMPLE.com', 'https://bücher.example/ä', 'https://example.com/@here', `https://example.com/${'x'.repeat(1980)}`])('accepts %s', (raw) => {
    expect(parseAppUrl(` ${raw} `)).toBe(raw);
  });

  it.each([
    '', 'example.com', '//example.com', 'ftp://example.com', 'javascript:alert(1)', 'data:text/html,x', 'https://', 'https:///path', 'https://exa mple.com', 'https://user:secret@example.com',
    'https://example.com\\@evil.example', 'https://example.com/a b', 'https://example.com/\u0000', ` javascript:alert(1)//https://example.com`, `https://example.com/${'x'.repeat(1981)}`,
  ])('refuses %j', (raw) => {
    expect(wrongField(() => parseAppUrl(raw))).toBe('url');
  });
});

describe('the contact ids of a call', () => {
  it('are 1 to 1,000', () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `c${index}`);
    expect(parseContactIds(ids)).toEqual(ids);
    expect(wrongField(() => parseContactIds([...ids, 'one more']))).toBe('contactIds');
    expect(wrongField(() => parseContactIds([]))).toBe('contactIds');
  });

  it('have 1 to 200 characters each, and no control characters', () => {
    for (const parse of [parseContactIds, parseKnownContactIds]) {
      expect(parse(['x', 'x'.repeat(200), '☎', '🎙'.repeat(200)])).toHaveLength(4);
      for (const wrong of ['', 'x'.repeat(201), '🎙'.repeat(201), 'a\nb', '\ud800']) expect(wrongField(() => parse(['x', wrong]))).toBe('contactIds');
    }
  });

  it('have no characters that cannot be seen when contacts are assigned, but may have them when assigned contacts are named', () => {
    expect(parseContactIds(['Anna Ébène 12', '王-7', 'a/b_c.d@e'])).toHaveLength(3);
    for (const wrong of [' x', 'x ', 'x\u00a0y', 'x\u3000y', 'x\u200by', 'x\u00ady', 'x\u2060', '\ufeffx', 'x\u202ey', 'x\ufe0f', 'x\u3164', 'x\u2800', 'x\ue000', 'e\u0301', '\u212b']) {
      expect([wrong, wrongField(() => parseContactIds(['x', wrong]))]).toEqual([wrong, 'contactIds']);
      expect(parseKnownContactIds([wrong])).toEqual([wrong]);
    }
  });

  it('are deduplicated, in the order given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }), (raw) => {
        expect(parseContactIds(raw)).toEqual(raw.filter((id, index) => raw.indexOf(id) === index));
      }),
    );
  });
});

describe('the account name', () => {
  it('is the app id, a space and the name', () => {
    expect(accountNameOf('gx624', 'Keap Pro Recording')).toBe('gx624 Keap Pro Recording');
  });
});
