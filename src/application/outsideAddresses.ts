import { BlockList, isIP } from 'node:net';

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
  constructor(allowedNetworks: readonly string[]) {
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
    const host = hostname.replace(/^\[|\]$/g, '');
    return isIP(host) === 0 || this.allows(host);
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
