import { networkOf, wideNetworkOf } from './limits';
import type { RequestTrace } from '../application/commandTypes';

/** How much of a client's IP address is recorded with events: nothing, its network, or all of it. */
export type ClientAddressKept = 'off' | 'truncated' | 'full';

/** The facts about a request as they may be recorded, with as much of the IP address as is kept: truncated, an IPv4 address to its /24 network and an IPv6 address to its /48 network. */
export function recordedTrace({ clientAddress, ...trace }: RequestTrace, kept: ClientAddressKept): RequestTrace {
  const address = clientAddress === undefined ? null : keptOf(clientAddress, kept);
  return address === null ? trace : { ...trace, clientAddress: address };
}

function keptOf(address: string, kept: ClientAddressKept): string | null {
  if (kept === 'off') return null;
  const wide = wideNetworkOf(address);
  if (wide !== null) return kept === 'full' ? address : wide;
  const plain = networkOf(address);
  // Neither IPv4 nor IPv6, so that nothing tells what a part of it would be.
  if (!plain.includes('.')) return null;
  return kept === 'full' ? plain : plain.replace(/\d+$/, '0/24');
}
