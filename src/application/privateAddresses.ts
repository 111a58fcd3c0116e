import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Resolves a host name to all its IP addresses. Rejects when the lookup fails. */
export type NameLookup = (hostname: string) => Promise<readonly LookupAddress[]>;

const lookUpAll: NameLookup = (hostname) => lookup(hostname, { all: true });

/** A host name resolves to an address that requests must not be sent to. */
export class AddressNotAllowed extends Error {
  override readonly name = 'AddressNotAllowed';
}

/** How long the check of a URL waits for the lookup of its host name; afterwards the URL is allowed for now. */
const LOOK_UP_MS = 2_000;

const V4_NOT_PUBLIC = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
];
/** Global unicast, which contains all public IPv6 addresses; mapped, translated and local addresses are outside of it. */
const V6_PUBLIC = ['2000::/3'];
/** Exceptions within it: Teredo and other special ranges, documentation, and 6to4, which reaches any IPv4 address. */
const V6_NOT_PUBLIC = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Refuses requests to private addresses (SSRF protection): allowed are public addresses and the networks in the settings. */
export class PrivateAddressGuard {
  readonly #v4NotPublic = listOf(V4_NOT_PUBLIC);
  readonly #v6Public = listOf(V6_PUBLIC);
  readonly #v6NotPublic = listOf(V6_NOT_PUBLIC);
  readonly #allowed: BlockList;

  /** @param allowedNetworks private networks that are allowed, such as `10.1.0.0/16`. */
  constructor(
    allowedNetworks: readonly string[],
    private readonly lookUp: NameLookup = lookUpAll,
  ) {
    this.#allowed = listOf(allowedNetworks);
  }

  /** Whether requests may be sent to the IP address; false for anything that is not one. */
  allows(address: string): boolean {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return false;
    if (this.#allowed.check(address, version === 4 ? 'ipv4' : 'ipv6')) return true;
    if (version === 4) return !this.#v4NotPublic.check(address, 'ipv4');
    return this.#v6Public.check(address, 'ipv6') && !this.#v6NotPublic.check(address, 'ipv6');
  }

  /** False when the host of a URL is an IP address that is not allowed. Host names pass; check them with `resolve`. */
  allowsHostOf({ hostname }: URL): boolean {
    const host = withoutBrackets(hostname);
    return isIP(host) === 0 || this.allows(host);
  }

  /**
   * Whether a URL may be registered. A name that does not resolve now passes, since it may exist later; and a name may
   * resolve differently later, so every connection must use `resolve` again.
   */
  async allowsUrl(url: URL): Promise<boolean> {
    if (!this.allowsHostOf(url)) return false;
    if (isIP(withoutBrackets(url.hostname)) !== 0) return true;
    const timer = new AbortController();
    const lookedUp = this.resolve(url.hostname).then(
      () => true,
      (error: unknown) => !(error instanceof AddressNotAllowed),
    );
    const late = pause(LOOK_UP_MS, true, { signal: timer.signal }).catch(() => true);
    const may = await Promise.race([lookedUp, late]);
    timer.abort();
    return may;
  }

  /** Resolves a host name. @throws AddressNotAllowed when one of its addresses is not allowed, and whatever the lookup throws. */
  async resolve(hostname: string): Promise<readonly LookupAddress[]> {
    const addresses = await this.lookUp(hostname);
    if (!addresses.every(({ address }) => this.allows(address))) throw new AddressNotAllowed(`${hostname} resolves to an address that is not allowed`);
    return addresses;
  }
}

/** URLs enclose IPv6 addresses in brackets. */
const withoutBrackets = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
