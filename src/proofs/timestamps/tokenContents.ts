import { createHash } from 'node:crypto';
import { contentOf, type Der, derOf, oidOf, partsOf } from './der';
import { UnreadableToken } from './unreadable';

/** What can be told of a time stamp of RFC 3161 without reading the certificates of its authority. */

export const SHA_256 = '2.16.840.1.101.3.4.2.1';
const DIGESTS: Readonly<Record<string, string>> = { [SHA_256]: 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SIGNING_CERTIFICATE] = ['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4', '1.2.840.113549.1.9.16.2.47', '1.2.840.113549.1.9.16.2.12'];
const MOST_CERTIFICATES = 16;

/** The digest that a token is about. */
export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The parts of a token. */
export interface TokenContents {
  /** The parts of the TSTInfo. */
  readonly info: readonly Der[];
  /** The bytes of the TSTInfo. */
  readonly content: Buffer;
  /** In DER. */
  readonly certificates: readonly Buffer[];
  readonly signer: readonly Der[];
}

/** Takes a token apart. @throws UnreadableToken when it is none. */
export function contentsOf(token: Buffer): TokenContents {
  const [type, wrapped] = partsOf(derOf(token), 'the token');
  if (oidOf(type) !== SIGNED_DATA) throw new UnreadableToken('the token is not signed data');
  const [, , encapsulated, ...rest] = partsOf(partsOf(wrapped, 'the token')[0], 'the signed data');
  const [contentType, wrappedContent] = partsOf(encapsulated, 'the content');
  if (oidOf(contentType) !== TST_INFO) throw new UnreadableToken('the content is not a time stamp');
  const content = contentOf(partsOf(wrappedContent, 'the content')[0], 0x04);
  const certificates = partsOf(rest.find(({ tag }) => tag === 0xa0), 'the certificates');
  const signers = partsOf(rest.find(({ tag }) => tag === 0x31), 'the signers');
  if (signers.length !== 1) throw new UnreadableToken('it does not have exactly one signer');
  if (certificates.length > MOST_CERTIFICATES) throw new UnreadableToken('it has too many certificates');
  return { info: partsOf(derOf(content), 'the time stamp'), content, certificates: certificates.map(({ bytes }) => bytes), signer: partsOf(signers[0], 'the signer') };
}

/** The time that a token states of a text, ISO 8601 in UTC. @throws UnreadableToken when it is about another one. */
export function statedTime({ info }: TokenContents, text: string): string {
  const [, , imprint, , genTime] = info;
  const [imprintAlgorithm, imprinted] = partsOf(imprint, 'the message imprint');
  if (oidOf(partsOf(imprintAlgorithm, 'its algorithm')[0]) !== SHA_256 || !contentOf(imprinted, 0x04).equals(digestOf(text))) throw new UnreadableToken('it is about something else');
  return timeOf(contentOf(genTime, 0x18).toString('latin1'));
}

/** The signature of a token. */
export interface TokenSignature {
  /** Name of the digest of the signer. */
  readonly digest: string;
  /** The bytes that are signed. */
  readonly signed: Buffer;
  /** Object identifier of the signature algorithm. */
  readonly algorithm: string;
  readonly signature: Buffer;
  /** One of the certificates of the token: the one that the signed bytes name by its hash. */
  readonly certificate: Buffer;
}

/** Takes the signature out of a token, whose signed attributes have to be about its content and one of its certificates. @throws UnreadableToken when they are not. */
export function signatureOf({ signer, content, certificates }: TokenContents): TokenSignature {
  const [, , digestAlgorithm, attributes, signatureAlgorithm, signature] = signer;
  if (attributes?.tag !== 0xa0) throw new UnreadableToken('it has no signed attributes');
  const digest = DIGESTS[oidOf(partsOf(digestAlgorithm, 'the digest algorithm')[0])];
  if (digest === undefined) throw new UnreadableToken('its digest algorithm is not one of SHA-256, SHA-384 and SHA-512');
  if (oidOf(attribute(attributes, CONTENT_TYPE)) !== TST_INFO) throw new UnreadableToken('what is signed is not a time stamp');
  if (!contentOf(attribute(attributes, MESSAGE_DIGEST), 0x04).equals(createHash(digest).update(content).digest())) throw new UnreadableToken('its content is not what was signed');
  return {
    digest,
    // What is signed is a SET, which stands in the token under another tag.
    signed: Buffer.concat([Buffer.of(0x31), attributes.bytes.subarray(1)]),
    algorithm: oidOf(partsOf(signatureAlgorithm, 'the signature algorithm')[0]),
    signature: contentOf(signature, 0x04),
    certificate: signingCertificate(attributes, certificates),
  };
}

/** The one value of a signed attribute. */
function attribute(attributes: Der, oid: string): Der {
  const found = partsOf(attributes, 'the signed attributes').map((one) => partsOf(one, 'a signed attribute')).filter(([type]) => oidOf(type) === oid);
  const [value, ...more] = partsOf(found[0]?.[1], 'a signed attribute');
  if (found.length !== 1 || value === undefined || more.length > 0) throw new UnreadableToken('a signed attribute is missing, or there twice');
  return value;
}

/** The certificate that the signed attributes name by its hash, so that it cannot be exchanged for another one of the same key. */
function signingCertificate(attributes: Der, certificates: readonly Buffer[]): Buffer {
  const isV2 = partsOf(attributes, 'the signed attributes').some((one) => oidOf(partsOf(one, 'a signed attribute')[0]) === SIGNING_CERTIFICATE_V2);
  const [ids] = partsOf(attribute(attributes, isV2 ? SIGNING_CERTIFICATE_V2 : SIGNING_CERTIFICATE), 'the signing certificate');
  const parts = partsOf(partsOf(ids, 'the signing certificate')[0], 'the signing certificate');
  const named = parts[0]?.tag === 0x30 ? DIGESTS[oidOf(partsOf(parts[0], 'its algorithm')[0])] : isV2 ? 'sha256' : 'sha1';
  const hash = contentOf(parts.find(({ tag }) => tag === 0x04), 0x04);
  const found = certificates.find((bytes) => named !== undefined && createHash(named).update(bytes).digest().equals(hash));
  if (!found) throw new UnreadableToken('the certificate that signed it is missing');
  return found;
}

const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/;

function timeOf(text: string): string {
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = GENERALIZED_TIME.exec(text) ?? [];
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  if (year === '' || Number.isNaN(Date.parse(time))) throw new UnreadableToken('its time is none');
  return time;
}
