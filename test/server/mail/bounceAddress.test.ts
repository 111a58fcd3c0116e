import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { BounceAddresses } from '../../../src/server/mail/bounceAddress';

const keyOf = (messageId: string): Buffer => createHmac('sha256', 'key').update(messageId).digest();
const addresses = new BounceAddresses('Bounces+{token}@partners.example', 'partners.example', keyOf);
const MESSAGE_ID = '<0f6b0c1e-1234-4000-8000-00000000beef.12@partners.example>';

describe('BounceAddresses', () => {
  it('give each message an address, and find the message by it in any case', () => {
    fc.assert(fc.property(fc.uuid(), fc.integer({ min: 1, max: 999_999_999 }), (id, count) => {
      const messageId = `<${id}.${count}@partners.example>`;
      const address = addresses.addressOf(messageId) ?? '';
      expect(address).toMatch(/^bounces\+[a-z0-9]{42,47}@partners\.example$/);
      expect(address.indexOf('@')).toBeLessThanOrEqual(64);
      for (const given of [address, address.toUpperCase(), ` <${address}> `]) expect(addresses.messageIdOf(given)).toBe(messageId);
    }));
  });

  it('have none for other Message-IDs', () => {
    for (const messageId of ['<1@partners.example>', '<0f6b0c1e-1234-4000-8000-00000000beef.0@partners.example>', '']) expect(addresses.addressOf(messageId)).toBeNull();
  });

  it('find no message by an address that was changed anywhere, or is of another key', () => {
    const address = addresses.addressOf(MESSAGE_ID)!;
    const [start, end] = ['bounces+'.length, address.indexOf('@')];
    for (let index = start; index < end; index += 1) {
      const changed = address.slice(0, index) + (address[index] === '7' ? '8' : '7') + address.slice(index + 1);
      expect(addresses.messageIdOf(changed)).toBeNull();
    }
    const others = new BounceAddresses('bounces+{token}@partners.example', 'partners.example', (messageId) => keyOf(`${messageId}?`));
    expect(others.messageIdOf(address)).toBeNull();
  });

  it.each(['', 'bounces@partners.example', 'bounces+@partners.example', `bounces+${'z'.repeat(47)}@partners.example`, `bounces+${'é'.repeat(45)}@partners.example`, 'no-reply@partners.example'])('find no message by %j', (address) => {
    expect(addresses.messageIdOf(address)).toBeNull();
  });
});
