import { createHash, createPrivateKey, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as asn1 from 'asn1js';
import type { Json } from './person';

/** A root, and a certificate for time stamps with its key, made by openssl. */
export const AUTHORITY: Json = JSON.parse(readFileSync(join(__dirname, '../fixtures/timestamps/authority.json'), 'utf8'));

const oid = (value: string): asn1.ObjectIdentifier => new asn1.ObjectIdentifier({ value });
const sequence = (...value: asn1.BaseBlock[]): asn1.Sequence => new asn1.Sequence({ value });
const octets = (valueHex: Buffer): asn1.OctetString => new asn1.OctetString({ valueHex });
const tagged = (tagNumber: number, ...value: asn1.BaseBlock[]): asn1.Constructed => new asn1.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
const parsed = (bytes: Buffer): asn1.BaseBlock => asn1.fromBER(bytes).result;
const attribute = (type: string, value: asn1.BaseBlock): asn1.Sequence => sequence(oid(type), new asn1.Set({ value: [value] }));

/** The reply to a request for a time stamp, as a TSA with the key of the fixture gives it. */
export function replyTo(request: Buffer, time = new Date()): Buffer {
  const [, imprint, nonce] = (parsed(request).valueBlock as unknown as { value: asn1.BaseBlock[] }).value;
  const info = Buffer.from(sequence(new asn1.Integer({ value: 1 }), oid('1.2.3.4.1'), imprint!, new asn1.Integer({ value: 7 }), new asn1.GeneralizedTime({ valueDate: time }), nonce!).toBER());
  const certificate = Buffer.from(AUTHORITY.certificate, 'base64');
  const sha256 = sequence(oid('2.16.840.1.101.3.4.2.1'));
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid('1.2.840.113549.1.9.16.1.4')),
    attribute('1.2.840.113549.1.9.4', octets(createHash('sha256').update(info).digest())),
    attribute('1.2.840.113549.1.9.16.2.47', sequence(sequence(sequence(octets(createHash('sha256').update(certificate).digest()))))),
  ];
  const signed = Buffer.from(new asn1.Set({ value: attributes }).toBER());
  const signature = sign('sha256', signed, createPrivateKey(AUTHORITY.key));
  const issuerAndSerial = sequence(sequence(), new asn1.Integer({ value: 1 }));
  const signer = sequence(new asn1.Integer({ value: 1 }), issuerAndSerial, sha256, tagged(0, ...attributes), sequence(oid('1.2.840.10045.4.3.2')), octets(signature));
  const signedData = sequence(
    new asn1.Integer({ value: 3 }), new asn1.Set({ value: [sha256] }), sequence(oid('1.2.840.113549.1.9.16.1.4'), tagged(0, octets(info))), tagged(0, parsed(certificate)), new asn1.Set({ value: [signer] }),
  );
  return Buffer.from(sequence(sequence(new asn1.Integer({ value: 0 })), sequence(oid('1.2.840.113549.1.7.2'), tagged(0, signedData))).toBER());
}

/** An authority on a free port, which can be told to reply something else. */
export class TimeStampAuthority {
  reply: (request: Buffer) => Buffer | null = replyTo;
  requests = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.requests += 1;
        const reply = this.reply(Buffer.concat(parts));
        response.writeHead(reply === null ? 500 : 200, { 'content-type': 'application/timestamp-reply' }).end(reply ?? '');
      });
    });
  }

  static async start(): Promise<TimeStampAuthority> {
    const authority = new TimeStampAuthority();
    authority.#server.listen(0, '127.0.0.1');
    await once(authority.#server, 'listening');
    return authority;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
