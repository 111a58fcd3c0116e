import { GraphQLError, parseValue } from 'graphql';
import { DateTimeISO, LogPosition } from '../../../src/resolvers/shared/scalars';

describe('DateTimeISO', () => {
  it.each([
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31t09:30:00.5z', '2026-01-31T09:30:00.500Z'],
    ['2026-01-31T10:30:00.250+01:00', '2026-01-31T09:30:00.250Z'],
    ['2026-01-31T09:30:00.999999Z', '2026-01-31T09:30:00.999Z'],
    ['2024-02-29T23:59:59-11:30', '2024-03-01T11:29:59.000Z'],
  ])('reads %s as %s', (raw, utc) => {
    expect(DateTimeISO.parseValue(raw)).toBe(utc);
    expect(DateTimeISO.parseLiteral(parseValue(JSON.stringify(raw)), {})).toBe(utc);
  });

  it.each([
    '', 'yesterday', '2026-01-31', '2026-01-31T09:30', '2026-01-31T09:30:00', '2026-02-30T09:30:00Z', '2026-13-01T00:00:00Z', '2026-01-31T24:00:00Z',
    '2026-01-31T09:30:00+25:00', '0000-01-01T00:00:00+01:00', '9999-12-31T23:59:59-01:00', ' 2026-01-31T09:30:00Z', '2026-01-31T09:30:00.Z',
  ])('refuses "%s" and says what it takes', (raw) => {
    expect(() => DateTimeISO.parseValue(raw)).toThrow('RFC 3339');
  });

  it.each([1769851800000, true, null, ['2026-01-31T09:30:00Z']])('refuses %p, which is not a string', (raw) => {
    expect(() => DateTimeISO.parseValue(raw)).toThrow(GraphQLError);
  });

  it('refuses a number literal', () => {
    expect(() => DateTimeISO.parseLiteral(parseValue('2026'), {})).toThrow('RFC 3339');
  });

  it('serializes strings only', () => {
    expect(DateTimeISO.serialize('2026-01-31T09:30:00.000Z')).toBe('2026-01-31T09:30:00.000Z');
    expect(() => DateTimeISO.serialize(new Date(0))).toThrow('DateTimeISO');
  });
});

describe('LogPosition', () => {
  it.each(['0', '0000000000000017', '00000000000000000001-00000000000000000017'])('reads %s', (raw) => {
    expect(LogPosition.parseValue(raw)).toBe(raw);
    expect(LogPosition.parseLiteral(parseValue(JSON.stringify(raw)), {})).toBe(raw);
  });

  it.each(['', '17', 'C:12-P:9', 'x'.repeat(65), 'a b', "1'; --", 'ä', '1\n'])('refuses %j', (raw) => {
    expect(() => LogPosition.parseValue(raw)).toThrow('position');
  });

  it('refuses numbers', () => {
    expect(() => LogPosition.parseValue(17)).toThrow('position');
    expect(() => LogPosition.parseLiteral(parseValue('17'), {})).toThrow('position');
    expect(() => LogPosition.serialize(17)).toThrow('LogPosition');
  });
});
