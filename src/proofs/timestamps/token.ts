import { constants, createHash, randomBytes, verify, X509Certificate } from 'node:crypto';
import { asn1, contentOf, type Der, derOf, integerOf, oidOf, partsOf } from './der';
import { UnreadableToken } from './unreadable';

/** Time stamps of RFC 3161: a request, and the token with which an authority states that it has seen a digest at a time. */

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const DIGESTS: Readonly<Record<string, string>> = { [SHA_256]: 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' };
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const [CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE_V2, SIGNING_CERTIFICATE] = ['1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4', '1.2.840.113549.1.9.16.2.47', '1.2.840.113549.1.9.16.2.12'];
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const RSA_PSS = '1.2.840.113549.1.1.10';
const ED25519 = '1.3.101.112';
/** Signature algorithms that name a digest; rsaEncryption takes that of the signer. */
const SIGNATURES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.1': null, '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
};
const MOST_CERTIFICATES = 16;
/** PKIStatus of a reply with a token: granted, and granted with changes. */
const GRANTED = [0, 1];
const NONCE_BYTES = 8;

/** A request for a time stamp, and the number by which its reply is known. */
export interface TimeStampRequest {
  readonly body: Buffer;
  readonly nonce: Buffer;
}

/** What a token states, when its signature is right. */
export interface TimeStamp {
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** Subject of the certificate that signed, in one line. */
  readonly authority: string;
  /** Whether the certificate leads to one of the trusted ones; null when none were given. */
  readonly isTrusted: boolean | null;
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Creates a request for a time stamp of a text, which asks for the certificate too. */
export function timeStampRequest(text: string): TimeStampRequest {
  const nonce = randomBytes(NONCE_BYTES);
  // Positive, and without a leading zero, as DER writes a whole number.
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  const { Boolean: Truth, Integer, Null, ObjectIdentifier, OctetString, Sequence } = asn1();
  const request = new Sequence({
    value: [
      new Integer({ value: 1 }),
      new Sequence({ value: [new Sequence({ value: [new ObjectIdentifier({ value: SHA_256 }), new Null()] }), new OctetString({ valueHex: digestOf(text) })] }),
      new Integer({ valueHex: nonce }),
      new Truth({ value: true }),
    ],
  });
  return { body: Buffer.from(request.toBER()), nonce };
}

/** Takes the token out of a reply. @throws UnreadableToken when there is none, or it is not for this request. */
export function tokenIn(reply: Buffer, { nonce }: Pick<TimeStampRequest, 'nonce'>): Buffer {
  const [status, token] = partsOf(derOf(reply), 'the reply');
  const [code] = partsOf(status, 'the status');
  const granted = integerOf(code);
  if (!GRANTED.includes(granted)) throw new UnreadableToken(`the authority refuses, with the status ${granted}`);
  if (token === undefined) throw new UnreadableToken('there is no token in the reply');
  const { info } = signedDataIn(token.bytes);
  if (!info.some(({ tag, content }) => tag === 0x02 && content.equals(nonce))) throw new UnreadableToken('the token is for another request');
  return token.bytes;
}

/**
 * Checks a token offline: it is about the text, and was signed by the certificate in it, which is one for time stamps and was valid then.
 * @param trusted certificates of authorities, to one of which the certificate has to lead for `isTrusted`; null when nobody is known.
 * @throws UnreadableToken that says what is wrong.
 */
export function checkedTimeStamp(token: Buffer, text: string, trusted: readonly X509Certificate[] | null): TimeStamp {
  const { info, content, certificates, signer } = signedDataIn(token);
  const [, , imprint, , genTime] = info;
  const [imprintAlgorithm, imprinted] = partsOf(imprint, 'the message imprint');
  if (oidOf(partsOf(imprintAlgorithm, 'its algorithm')[0]) !== SHA_256 || !contentOf(imprinted, 0x04).equals(digestOf(text))) throw new UnreadableToken('it is about something else');
  const time = timeOf(contentOf(genTime, 0x18).toString('latin1'));
  const certificate = checkedSigner(signer, content, certificates);
  // Undefined for a certificate without the extension, which the types do not say.
  const usage = certificate.keyUsage as readonly string[] | undefined;
  if (usage?.join() !== TIME_STAMPING) throw new UnreadableToken('the certificate is not one for time stamps only');
  if (!isValidAt(certificate, time)) throw new UnreadableToken('the certificate was not valid at that time');
  return { time, authority: certificate.subject.split('\n').join(', '), isTrusted: trusted && leadsTo(certificate, certificates, trusted, time) };
}

interface SignedData {
  /** The parts of the TSTInfo. */
  readonly info: readonly Der[];
  /** The bytes of the TSTInfo. */
  readonly content: Buffer;
  readonly certificates: readonly X509Certificate[];
  readonly signer: readonly Der[];
}

function signedDataIn(token: Buffer): SignedData {
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
  return { info: partsOf(derOf(content), 'the time stamp'), content, certificates: certificates.map(({ bytes }) => certificateOf(bytes)), signer: partsOf(signers[0], 'the signer') };
}

/** Checks the signature, and returns the certificate that made it. */
function checkedSigner(signer: readonly Der[], content: Buffer, certificates: readonly X509Certificate[]): X509Certificate {
  const [, , digestAlgorithm, attributes, signatureAlgorithm, signature] = signer;
  if (attributes?.tag !== 0xa0) throw new UnreadableToken('it has no signed attributes');
  const digest = DIGESTS[oidOf(partsOf(digestAlgorithm, 'the digest algorithm')[0])];
  if (digest === undefined) throw new UnreadableToken('its digest algorithm is not one of SHA-256, SHA-384 and SHA-512');
  if (oidOf(attribute(attributes, CONTENT_TYPE)) !== TST_INFO) throw new UnreadableToken('what is signed is not a time stamp');
  if (!contentOf(attribute(attributes, MESSAGE_DIGEST), 0x04).equals(createHash(digest).update(content).digest())) throw new UnreadableToken('its content is not what was signed');
  const certificate = signingCertificate(attributes, certificates);
  // What is signed is a SET, which stands in the token under another tag.
  const signed = Buffer.concat([Buffer.of(0x31), attributes.bytes.subarray(1)]);
  if (!isSignatureBy(certificate, oidOf(partsOf(signatureAlgorithm, 'the signature algorithm')[0]), digest, signed, contentOf(signature, 0x04))) throw new UnreadableToken('its signature is wrong');
  return certificate;
}

function isSignatureBy({ publicKey: key }: X509Certificate, algorithm: string, digest: string, signed: Buffer, signature: Buffer): boolean {
  if (algorithm === ED25519) return verify(null, signed, key, signature);
  if (algorithm === RSA_PSS) return verify(digest, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, signature);
  const named = SIGNATURES[algorithm];
  if (named === undefined) throw new UnreadableToken(`its signature algorithm ${algorithm} is not known`);
  return verify(named ?? digest, signed, key, signature);
}

/** The one value of a signed attribute. */
function attribute(attributes: Der, oid: string): Der {
  const found = partsOf(attributes, 'the signed attributes').map((one) => partsOf(one, 'a signed attribute')).filter(([type]) => oidOf(type) === oid);
  const [value, ...more] = partsOf(found[0]?.[1], 'a signed attribute');
  if (found.length !== 1 || value === undefined || more.length > 0) throw new UnreadableToken('a signed attribute is missing, or there twice');
  return value;
}

/** The certificate that the signed attributes name by its hash, so that it cannot be exchanged for another one of the same key. */
function signingCertificate(attributes: Der, certificates: readonly X509Certificate[]): X509Certificate {
  const isV2 = partsOf(attributes, 'the signed attributes').some((one) => oidOf(partsOf(one, 'a signed attribute')[0]) === SIGNING_CERTIFICATE_V2);
  const [ids] = partsOf(attribute(attributes, isV2 ? SIGNING_CERTIFICATE_V2 : SIGNING_CERTIFICATE), 'the signing certificate');
  const parts = partsOf(partsOf(ids, 'the signing certificate')[0], 'the signing certificate');
  const named = parts[0]?.tag === 0x30 ? DIGESTS[oidOf(partsOf(parts[0], 'its algorithm')[0])] : isV2 ? 'sha256' : 'sha1';
  const hash = contentOf(parts.find(({ tag }) => tag === 0x04), 0x04);
  const found = certificates.find(({ raw }) => named !== undefined && createHash(named).update(raw).digest().equals(hash));
  if (!found) throw new UnreadableToken('the certificate that signed it is missing');
  return found;
}

const isValidAt = ({ validFrom, validTo }: X509Certificate, time: string): boolean => Date.parse(validFrom) <= Date.parse(time) && Date.parse(time) <= Date.parse(validTo);

/** Whether a certificate is a trusted one, or was issued by one directly or through others of the token, all valid at the time. */
function leadsTo(certificate: X509Certificate, others: readonly X509Certificate[], trusted: readonly X509Certificate[], time: string): boolean {
  const seen = new Set<X509Certificate>();
  for (let at: X509Certificate | undefined = certificate; at && !seen.has(at) && isValidAt(at, time);) {
    const child: X509Certificate = at;
    seen.add(child);
    if (trusted.some(({ fingerprint256 }) => fingerprint256 === child.fingerprint256)) return true;
    const isParent = (one: X509Certificate): boolean => one.ca && child.checkIssued(one) && child.verify(one.publicKey);
    if (trusted.some((one) => isParent(one) && isValidAt(one, time))) return true;
    at = others.find((one) => !seen.has(one) && isParent(one));
  }
  return false;
}

function certificateOf(bytes: Buffer): X509Certificate {
  try {
    return new X509Certificate(bytes);
  } catch {
    throw new UnreadableToken('a certificate in it cannot be read');
  }
}

const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/;

function timeOf(text: string): string {
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = GENERALIZED_TIME.exec(text) ?? [];
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  if (year === '' || Number.isNaN(Date.parse(time))) throw new UnreadableToken('its time is none');
  return time;
}

/** Reads certificates in PEM. @throws Error when there is none. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (parts.length === 0) throw new Error('It holds no certificate in PEM.');
  return parts.map((part) => new X509Certificate(part));
}
