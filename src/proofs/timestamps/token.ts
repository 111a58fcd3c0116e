import { constants, randomBytes, verify, X509Certificate } from 'node:crypto';
import { asn1 } from './asn1Library';
import { derOf, integerOf, partsOf } from './der';
import { contentsOf, digestOf, SHA_256, signatureOf, statedTime, type TokenSignature } from './tokenContents';
import { UnreadableToken } from './unreadable';

/** Time stamps of RFC 3161: a request, and the token with which an authority states that it has seen a digest at a time. */

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const RSA_PSS = '1.2.840.113549.1.1.10';
const ED25519 = '1.3.101.112';
/** Signature algorithms that name a digest; rsaEncryption takes that of the signer. */
const SIGNATURES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.1': null, '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
};
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
  const { info } = contentsOf(token.bytes);
  if (!info.some(({ tag, content }) => tag === 0x02 && content.equals(nonce))) throw new UnreadableToken('the token is for another request');
  return token.bytes;
}

/**
 * Checks a token offline: it is about the text, and was signed by the certificate in it, which is one for time stamps and was valid then.
 * @param trusted certificates of authorities, to one of which the certificate has to lead for `isTrusted`; null when nobody is known.
 * @throws UnreadableToken that says what is wrong.
 */
export function checkedTimeStamp(token: Buffer, text: string, trusted: readonly X509Certificate[] | null): TimeStamp {
  const contents = contentsOf(token);
  const time = statedTime(contents, text);
  const signature = signatureOf(contents);
  const certificates = contents.certificates.map(certificateOf);
  const certificate = certificateOf(signature.certificate);
  if (!isSignatureBy(certificate, signature)) throw new UnreadableToken('its signature is wrong');
  // Undefined for a certificate without the extension, which the types do not say.
  const usage = certificate.keyUsage as readonly string[] | undefined;
  if (usage?.join() !== TIME_STAMPING) throw new UnreadableToken('the certificate is not one for time stamps only');
  if (!isValidAt(certificate, time)) throw new UnreadableToken('the certificate was not valid at that time');
  return { time, authority: certificate.subject.split('\n').join(', '), isTrusted: trusted && leadsTo(certificate, certificates, trusted, time) };
}

function isSignatureBy({ publicKey: key }: X509Certificate, { algorithm, digest, signed, signature }: TokenSignature): boolean {
  if (algorithm === ED25519) return verify(null, signed, key, signature);
  if (algorithm === RSA_PSS) return verify(digest, signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, signature);
  const named = SIGNATURES[algorithm];
  if (named === undefined) throw new UnreadableToken(`its signature algorithm ${algorithm} is not known`);
  return verify(named ?? digest, signed, key, signature);
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

/** Reads certificates in PEM. @throws Error when there is none. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  const parts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (parts.length === 0) throw new Error('It holds no certificate in PEM.');
  return parts.map((part) => new X509Certificate(part));
}
