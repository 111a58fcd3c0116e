import { NotDelivered } from '../../application/delivery/delivery';

/** Words for what went wrong before the server said anything about the message, by the code of the error. */
const CONNECTION_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNECTION: 'NOT_REACHED',
  ECONNREFUSED: 'NOT_REACHED',
  ECONNRESET: 'NOT_REACHED',
  EDNS: 'NOT_REACHED',
  ENOTFOUND: 'NOT_REACHED',
  ESOCKET: 'NOT_REACHED',
  ETIMEDOUT: 'TIMED_OUT',
};

/** Replies that ask this service to sign in or to encrypt, at whatever step (RFC 3207, RFC 4954). */
const ASKS_FOR_SIGN_IN = [530, 534, 535, 538];
/** The sizes and the form of a message, which only the message itself can mend (RFC 3463). */
const ABOUT_THE_MESSAGE = /^5\.(?:2\.3|3\.4|6\.\d+)$/;
const MESSAGE_TOO_LARGE = 552;
const CERTIFICATE = /CERT|SIGNATURE|TLS|SSL/;

/**
 * Says what an error of the SMTP dialogue means. The server's text is left out, since it may contain addresses, host names or
 * whatever its author likes; its status codes are kept.
 */
export function refusalOf(error: unknown): NotDelivered {
  const { code, originalCode, command, responseCode: status, response } = fieldsOf(error);
  const said = status === undefined ? '' : ` ${[status, enhancedCode(response)].filter((part) => part !== undefined).join(' ')}`;
  if (code === 'ETLS' || (code === 'ESOCKET' && CERTIFICATE.test(originalCode))) return new NotDelivered(`NO_TLS${said}`, 'MISCONFIGURED');
  const isPermanent = status === undefined ? code === 'EAUTH' || code === 'EMESSAGE' : status >= 500;
  if (code === 'EAUTH' || (status !== undefined && ASKS_FOR_SIGN_IN.includes(status))) return new NotDelivered(`SIGN_IN_REFUSED${said}`, isPermanent ? 'MISCONFIGURED' : 'TEMPORARY');
  if (!isPermanent) return new NotDelivered((status === undefined ? CONNECTION_PROBLEMS[code] ?? 'REFUSED' : 'REFUSED') + said, 'TEMPORARY');
  if (command === 'RCPT TO' || (command === 'DATA' && status !== undefined)) return new NotDelivered(`REFUSED${said}`, 'PERMANENT');
  if (command === 'MAIL FROM') {
    const aboutTheMessage = status === MESSAGE_TOO_LARGE || ABOUT_THE_MESSAGE.test(enhancedCode(response) ?? '');
    return aboutTheMessage ? new NotDelivered(`REFUSED${said}`, 'PERMANENT') : new NotDelivered(`SENDER_REFUSED${said}`, 'MISCONFIGURED');
  }
  return new NotDelivered(`SERVICE_REFUSED${said}`, 'MISCONFIGURED');
}

interface SmtpError {
  readonly code: string;
  readonly originalCode: string;
  readonly command: string;
  readonly responseCode: number | undefined;
  readonly response: string;
}

function fieldsOf(error: unknown): SmtpError {
  const fields: Readonly<Record<string, unknown>> = typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  const { responseCode } = fields;
  const isStatus = typeof responseCode === 'number' && responseCode >= 400 && responseCode <= 599;
  return { code: text('code'), originalCode: text('originalCode'), command: text('command'), responseCode: isStatus ? responseCode : undefined, response: text('response') };
}

/** The enhanced status code of a reply (RFC 2034), such as 5.1.1. */
const enhancedCode = (response: string): string | undefined => /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})(?!\S)/.exec(response)?.[1];
