import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkedTimeStamp, timeStampRequest, tokenIn } from '../../src/proofs/timestamps/token';
import { AUTHORITY, replyTo } from '../support/timeStampAuthority';
import type { Json } from '../support/person';

const fixtures: Json[] = JSON.parse(readFileSync(join(__dirname, '../fixtures/timestamps/openssl.json'), 'utf8'));
const ROOT = new X509Certificate(AUTHORITY.root);
const TEXT = 'a text';

describe('a time stamp of RFC 3161', () => {
  it.each(fixtures.map((fixture, index) => [index, fixture] as const))('that openssl made is read and checked (%d)', (_index, { text, nonce, reply, ca }) => {
    const token = tokenIn(Buffer.from(reply, 'base64'), { nonce: Buffer.from(nonce, 'hex') });
    const own = new X509Certificate(ca);
    expect(checkedTimeStamp(token, text, [own])).toEqual({ time: expect.stringMatching(/^2026-.*Z$/), authority: expect.stringContaining('CN=Time stamping'), isTrusted: true });
    expect(checkedTimeStamp(token, text, null).isTrusted).toBeNull();
    expect(checkedTimeStamp(token, text, [ROOT]).isTrusted).toBe(false);
    expect(() => checkedTimeStamp(token, `${text} `, [own])).toThrow('it is about something else');
    expect(() => tokenIn(Buffer.from(reply, 'base64'), { nonce: Buffer.alloc(8, 1) })).toThrow('for another request');
  });

  it('is refused when any byte of what is signed, or of the signature, is another one', () => {
    const [, { text, nonce, reply }] = fixtures as [Json, Json];
    const token = tokenIn(Buffer.from(reply, 'base64'), { nonce: Buffer.from(nonce, 'hex') });
    const expected = checkedTimeStamp(token, text, null);
    let accepted = 0;
    for (let at = 0; at < token.length; at += 1) {
      const changed = Buffer.from(token);
      changed[at] = changed[at]! ^ 1;
      try {
        expect(checkedTimeStamp(changed, text, null)).toEqual(expected);
        accepted += 1;
      } catch (error) {
        expect(error).toMatchObject({ name: 'UnreadableToken' });
      }
    }
    // What is not signed: versions, the names of algorithms that are named twice, the issuer and number beside the hash of the certificate.
    expect(accepted).toBeLessThan(token.length / 6);
  });

  it('is not made of hostile bytes, nor of the reply of somebody who refuses', () => {
    const request = timeStampRequest(TEXT);
    const deep = Buffer.concat(Array.from({ length: 5_000 }, () => Buffer.from([0x30, 0x80])));
    const refusal = Buffer.from([0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02]);
    for (const bytes of [Buffer.alloc(0), Buffer.from('<html>'), Buffer.alloc(60_000, 0x30), deep, Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), Buffer.concat([replyTo(request.body), Buffer.of(0)]), refusal]) {
      expect(() => tokenIn(bytes, request)).toThrow(expect.objectContaining({ name: 'UnreadableToken' }));
    }
    expect(() => tokenIn(refusal, request)).toThrow('the authority refuses, with the status 2');
  });

  it('counts only within the time of the certificate', () => {
    const request = timeStampRequest(TEXT);
    const stamp = (time: string): unknown => checkedTimeStamp(tokenIn(replyTo(request.body, new Date(time)), request), TEXT, [ROOT]);
    expect(stamp('2030-01-01T00:00:00Z')).toEqual({ time: '2030-01-01T00:00:00.000Z', authority: AUTHORITY.subject, isTrusted: true });
    expect(() => stamp('2020-01-01T00:00:00Z')).toThrow('was not valid at that time');
  });
});
