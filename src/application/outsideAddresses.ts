import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Gives every address of a name. It may fail. */
export type NameLookup = (hostname: string) => Promise<readonly LookupAddress[]>;

const lookUpAll: NameLookup = (hostname) => lookup(hostname, { all: true });

/** A name leads to an address that requests may not go to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

/** So long somebody who names an address waits until its name is looked up. */
const LOOK_UP_MS = 2_000;

const V4_NOT_PUBLIC = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
];
/** Global unicast, in which everything public of IPv6 is; mapped, translated and local addresses are outside of it. */
const V6_PUBLIC = ['2000::/3'];
/** Within it: Teredo and other special ones, documentation, and 6to4, which leads to any address of IPv4. */
const V6_NOT_PUBLIC = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Which addresses requests may go to: public ones, and those in networks that the settings allow. */
export class OutsideAddresses {
  readonly #v4NotPublic = listOf(V4_NOT_PUBLIC);
  readonly #v6Public = listOf(V6_PUBLIC);
  readonly #v6NotPublic = listOf(V6_NOT_PUBLIC);
  readonly #allowed: BlockList;

  /** @param allowedNetworks such as `10.1.0.0/16`. */
  constructor(
    allowedNetworks: readonly string[],
    private readonly lookUp: NameLookup = lookUpAll,
  ) {
    this.#allowed = listOf(allowedNetworks);
  }

  /** Whether requests may go to the IP address; false for what is none. */
  allows(address: string): boolean {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return false;
    if (this.#allowed.check(address, version === 4 ? 'ipv4' : 'ipv6')) return true;
    if (version === 4) return !this.#v4NotPublic.check(address, 'ipv4');
    return this.#v6Public.check(address, 'ipv6') && !this.#v6NotPublic.check(address, 'ipv6');
  }

  /** Whether a URL may be asked as far as its host tells: a name must be looked up first, and each of its addresses be allowed. */
  allowsHostOf({ hostname }: URL): boolean {
    const host = withoutBrackets(hostname);
    return isIP(host) === 0 || this.allows(host);
  }

  /**
   * Whether a URL may be asked as far as can be told now. A name that cannot be looked up may be one tomorrow, and one that
   * leads outside may lead inside then, so that `addressesOf` is asked again for every connection.
   */
  async mayBeAsked(url: URL): Promise<boolean> {
    if (!this.allowsHostOf(url)) return false;
    if (isIP(withoutBrackets(url.hostname)) !== 0) return true;
    const timer = new AbortController();
    const lookedUp = this.addressesOf(url.hostname).then(
      () => true,
      (error: unknown) => !(error instanceof AddressNotAllowed),
    );
    const late = pause(LOOK_UP_MS, true, { signal: timer.signal }).catch(() => true);
    const may = await Promise.race([lookedUp, late]);
    timer.abort();
    return may;
  }

  /** What a name leads to now. @throws AddressNotAllowed where one of these addresses is not allowed; what the lookup throws. */
  async addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    const addresses = await this.lookUp(hostname);
    if (!addresses.every(({ address }) => this.allows(address))) throw new AddressNotAllowed(`${hostname} leads to an address that is not allowed`);
    return addresses;
  }
}

/** IPv6 addresses stand in brackets in a URL. */
const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
