import { Buffer as NodeBuffer } from 'node:buffer';
import * as node from 'node:crypto';

/** What takes the place of Node's in the build for the browser has the types of Node's. */
const { BrowserBuffer } = jest.requireActual<{ readonly BrowserBuffer: typeof NodeBuffer }>('../../../web/src/verifier/node/buffer');
const browser = jest.requireActual<Pick<typeof node, 'createDecipheriv' | 'createHash' | 'createPublicKey' | 'hash' | 'verify'>>('../../../web/src/verifier/node/crypto');

const SIZES = [0, 1, 31, 32, 55, 56, 63, 64, 65, 1_000, 70_000];

/** A Buffer of the browser from one of Node, as the browser's own functions make it. */
const inBrowser = (bytes: Buffer): Buffer => BrowserBuffer.from(bytes);
const hex = (bytes: Uint8Array | string): string => (typeof bytes === 'string' ? bytes : NodeBuffer.from(bytes).toString('hex'));
const orThrows = <T>(act: () => T): T | 'throws' => {
  try {
    return act();
  } catch {
    return 'throws';
  }
};

describe('what the browser has in the place of node:crypto', () => {
  it('decodes and encodes texts as Node does, also where they are not canonical', () => {
    expect(BrowserBuffer).not.toBe(NodeBuffer);
    for (const text of ['', 'QQ', 'QQ==', 'QUJD', 'a-_b', 'a+/b', 'QU\nJD', 'QU*JD', 'QUJD=more', 'Q', '0aff', '0a0', 'zz', '0azz']) {
      for (const encoding of ['utf8', 'hex', 'base64', 'base64url'] as const) expect({ text, encoding, bytes: hex(BrowserBuffer.from(text, encoding)) }).toEqual({ text, encoding, bytes: hex(NodeBuffer.from(text, encoding)) });
    }
    for (const text of ['Zoë 漢字 😀', '\ud800']) expect(hex(BrowserBuffer.from(text))).toBe(hex(NodeBuffer.from(text)));
    const bytes = node.randomBytes(100);
    for (const encoding of ['hex', 'base64'] as const) expect(inBrowser(bytes).toString(encoding)).toBe(bytes.toString(encoding));
    expect(inBrowser(bytes).subarray(3, 40).equals(inBrowser(bytes.subarray(3, 40)))).toBe(true);
    expect(inBrowser(bytes).indexOf(bytes[7]!)).toBe(bytes.indexOf(bytes[7]!));
  });

  it('hashes as Node does', () => {
    for (const size of SIZES) {
      const bytes = node.randomBytes(size);
      expect(browser.hash('sha256', bytes, 'hex')).toBe(node.hash('sha256', bytes, 'hex'));
      expect(hex(browser.hash('sha256', bytes, 'buffer'))).toBe(node.hash('sha256', bytes, 'hex'));
      const [ours, theirs] = [browser.createHash('sha256').update('Zoë 漢字 \ud800').update(bytes), node.createHash('sha256').update('Zoë 漢字 \ud800').update(bytes)];
      expect(ours.copy().digest('hex')).toBe(theirs.copy().digest('hex'));
      expect(hex(ours.update('more').digest())).toBe(theirs.update('more').digest('hex'));
    }
    expect(() => browser.createHash('md5')).toThrow('md5');
  });

  it('takes the signatures that Node takes, and no others', () => {
    const { privateKey, publicKey } = node.generateKeyPairSync('ed25519');
    const spki = publicKey.export({ type: 'spki', format: 'der' });
    const key = browser.createPublicKey({ key: inBrowser(spki) });
    expect(hex(key.export({ type: 'spki', format: 'der' }))).toBe(hex(spki));
    const text = NodeBuffer.from('a statement');
    const signature = node.sign(null, text, privateKey);
    const signatures = [signature, ...Array.from({ length: 64 }, (_, at) => NodeBuffer.from(signature.map((byte, index) => (index === at ? byte ^ 1 : byte)))), signature.subarray(1), NodeBuffer.alloc(64)];
    for (const one of signatures) expect(orThrows(() => browser.verify(null, text, key, one)) === true).toBe(node.verify(null, text, publicKey, one));
    expect(browser.verify(null, NodeBuffer.from('another'), key, signature)).toBe(false);
    const rsa = node.generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ type: 'spki', format: 'der' });
    for (const other of [rsa, spki.subarray(1), NodeBuffer.concat([spki, NodeBuffer.alloc(1)])]) expect(() => browser.createPublicKey({ key: inBrowser(other) })).toThrow('Ed25519');
  });

  it('opens what Node has encrypted, and nothing that was changed', () => {
    for (const size of SIZES) {
      const [key, nonce, plain, associated] = [node.randomBytes(32), node.randomBytes(12), node.randomBytes(size), node.randomBytes(20)];
      const cipher = node.createCipheriv('aes-256-gcm', key, nonce).setAAD(associated);
      const sealed = NodeBuffer.concat([cipher.update(plain), cipher.final()]);
      const tag = cipher.getAuthTag();
      const opened = (text: Buffer, withTag = tag, bound = associated, by = key): string => {
        const decipher = browser.createDecipheriv('aes-256-gcm', by, nonce, { authTagLength: 16 }).setAAD(bound).setAuthTag(inBrowser(withTag));
        return hex(BrowserBuffer.concat([decipher.update(inBrowser(text)), decipher.final()]));
      };
      expect(opened(sealed)).toBe(hex(plain));
      expect(() => opened(NodeBuffer.concat([sealed, NodeBuffer.alloc(1)]))).toThrow();
      expect(() => opened(sealed, NodeBuffer.from(tag.map((byte) => byte ^ 1)))).toThrow();
      expect(() => opened(sealed, tag.subarray(1))).toThrow();
      expect(() => opened(sealed, tag, NodeBuffer.alloc(20))).toThrow();
      expect(() => opened(sealed, tag, associated, key.subarray(16))).toThrow('16 bytes');
    }
  });
});
