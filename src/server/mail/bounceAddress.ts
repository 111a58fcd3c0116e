import { timingSafeEqual } from 'node:crypto';

/** Derives a key of 80 bits or more from a Message-ID; only this service can. */
export type BounceKey = (messageId: string) => Buffer;

const PLACEHOLDER = '{token}';
const [ID_DIGITS, COUNT_DIGITS, KEY_DIGITS, KEY_BYTES] = [25, 6, 16, 10];
const TOKEN = new RegExp(`^([a-z0-9]{${ID_DIGITS}})([a-z0-9]{${KEY_DIGITS}})([a-z0-9]{1,${COUNT_DIGITS}})$`);
const MESSAGE_ID = /^<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9]\d{0,8})@/;

/**
 * The addresses to which bounces of each message return. An address names its message and proves it with a key, so that nobody
 * can report a bounce of a message that they did not receive. Upper and lower case do not matter.
 */
export class BounceAddresses {
  readonly #before: string;
  readonly #after: string;

  /**
   * @param template address with the placeholder `{token}`, such as `bounces+{token}@example.com`.
   * @param messageIdHost host part of Message-IDs.
   */
  constructor(
    template: string,
    private readonly messageIdHost: string,
    private readonly keyOf: BounceKey,
  ) {
    [this.#before = '', this.#after = ''] = template.toLowerCase().split(PLACEHOLDER);
  }

  /** The address for bounces of that message; null for a Message-ID of another form. */
  addressOf(messageId: string): string | null {
    const [, id = '', count = ''] = MESSAGE_ID.exec(messageId) ?? [];
    if (id === '') return null;
    return `${this.#before}${digitsOf(`0x${id.replaceAll('-', '')}`, ID_DIGITS)}${this.#keyDigits(messageId)}${Number(count).toString(36)}${this.#after}`;
  }

  /** The Message-ID that a bounce address stands for; null for an address that this service did not give out. */
  messageIdOf(address: string): string | null {
    const given = address.trim().replace(/^<(.*)>$/, '$1').toLowerCase();
    if (!given.startsWith(this.#before) || !given.endsWith(this.#after)) return null;
    const [, id = '', key = '', count = ''] = TOKEN.exec(given.slice(this.#before.length, given.length - this.#after.length)) ?? [];
    if (id === '') return null;
    const hex = [...id].reduce((number, digit) => number * 36n + BigInt(Number.parseInt(digit, 36)), 0n).toString(16).padStart(32, '0');
    const messageId = `<${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5')}.${Number.parseInt(count, 36)}@${this.messageIdHost}>`;
    return timingSafeEqual(Buffer.from(key), Buffer.from(this.#keyDigits(messageId))) ? messageId : null;
  }

  #keyDigits(messageId: string): string {
    return digitsOf(`0x${this.keyOf(messageId).subarray(0, KEY_BYTES).toString('hex')}`, KEY_DIGITS);
  }
}

/** The number in base 36, whose digits survive mail systems that change the case of an address. */
const digitsOf = (hexadecimal: string, digits: number): string => BigInt(hexadecimal).toString(36).padStart(digits, '0');
