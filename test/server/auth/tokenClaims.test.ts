import { createHash, createHmac } from 'node:crypto';
import { personIdOf } from '../../../src/server/auth/tokenClaims';

const key = Buffer.alloc(32, 7);

describe('the id of a person', () => {
  it('is a UUID of version 8 with the RFC variant', () => {
    for (const sub of ['a', 'b', 'auth0|12345', 'ünï']) {
      expect(personIdOf(key, 'https://id.example.com', sub)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('is HMAC-SHA-256 of issuer and sub, with the bits of version and variant set', () => {
    const digest = createHmac('sha256', key).update('person\0["iss","sub"]').digest('hex');
    const id = personIdOf(key, 'iss', 'sub').replaceAll('-', '');
    expect([id.slice(0, 12), id.slice(13, 16), id.slice(17)]).toEqual([digest.slice(0, 12), digest.slice(13, 16), digest.slice(17, 32)]);
  });

  it('stays the same, and differs with key, issuer and sub', () => {
    const id = personIdOf(key, 'iss', 'sub');
    expect(personIdOf(Buffer.alloc(32, 7), 'iss', 'sub')).toBe(id);
    const others = [personIdOf(Buffer.alloc(32, 8), 'iss', 'sub'), personIdOf(key, 'iss2', 'sub'), personIdOf(key, 'iss', 'sub2'), personIdOf(key, 'isss', 'ub')];
    expect(new Set([id, ...others]).size).toBe(5);
  });

  it('is not a bare hash of the sub', () => {
    const id = personIdOf(key, '', 'sub').replaceAll('-', '');
    expect(createHash('sha256').update('sub').digest('hex').slice(0, 12)).not.toBe(id.slice(0, 12));
  });
});
