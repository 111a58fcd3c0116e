import { createSecretKey, randomBytes } from 'node:crypto';
import { BlockList, isIPv6 } from 'node:net';
import { SignJWT } from 'jose';
import { DomainError } from '../../domain/domainError';
import { type KeapId, parseKeapId } from '../../domain/keapId';
import { SCOPES } from './signIn';
import { SIGNING_ALGORITHM } from './sharedSecret';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from '../errorReplies';

const LIFETIME = '12h';

/** The request for a token is not valid. The message says what is allowed. */
export class DevelopmentTokenRefused extends Error {
  override readonly name = 'DevelopmentTokenRefused';
}

interface DevelopmentTokensOptions {
  /** The secret with which the sign-in verifies tokens. */
  readonly jwtSecret: Uint8Array;
}

export interface DevelopmentTokens {
  /**
   * Issues a token for `{keapId, scope?}` that is valid for 12 hours. The same Keap ID always gets the same `sub`.
   * @throws DevelopmentTokenRefused when the request has another shape.
   */
  issue(request: unknown): Promise<string>;
}

/** A secret for this process. Its tokens are invalid after a restart. */
export const randomJwtSecret = (): Uint8Array => randomBytes(32);

/** Creates the issuer of tokens for development mode, which needs no identity provider. */
export function createDevelopmentTokens(options: DevelopmentTokensOptions): DevelopmentTokens {
  const key = createSecretKey(options.jwtSecret);
  return {
    async issue(request) {
      const { keapId, scope } = parseRequest(request);
      return new SignJWT({ email: keapId.display, email_verified: true, ...(scope === '' ? {} : { scope }) })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, typ: 'JWT' })
        .setSubject(`dev:${keapId.normalized}`)
        .setIssuedAt()
        .setExpirationTime(LIFETIME)
        .sign(key);
    },
  };
}

function parseRequest(request: unknown): { readonly keapId: KeapId; readonly scope: string } {
  if (typeof request !== 'object' || request === null || !('keapId' in request) || typeof request.keapId !== 'string') {
    throw new DevelopmentTokenRefused('Send JSON such as {"keapId": "coach@example.com", "scope": "operator"}; scope is optional.');
  }
  const scope = 'scope' in request ? (request.scope ?? '') : '';
  if (typeof scope !== 'string' || !scope.split(' ').every((part) => part === '' || SCOPES.some((known) => known === part))) {
    throw new DevelopmentTokenRefused(`scope may contain ${SCOPES.join(' and ')}, separated by a space.`);
  }
  try {
    return { keapId: parseKeapId(request.keapId), scope: scope.trim() };
  } catch (error) {
    if (error instanceof DomainError) throw new DevelopmentTokenRefused(error.message);
    throw error;
  }
}

const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Headers that proxies, load balancers and tunnels add to what they pass on, besides `x-forwarded-…` and `x-original-…`. */
const PROXY_HEADERS = new Set([
  'forwarded', 'via', 'x-real-ip', 'x-client-ip', 'x-cluster-client-ip', 'x-remote-ip', 'x-remote-addr', 'x-proxyuser-ip', 'client-ip', 'true-client-ip', 'wl-proxy-client-ip', 'cdn-loop',
  'cf-connecting-ip', 'cf-connecting-ipv6', 'cf-ray', 'fastly-client-ip', 'fly-client-ip', 'do-connecting-ip', 'x-appengine-user-ip', 'x-azure-clientip', 'x-azure-socketip', 'x-envoy-external-address',
]);
const isProxyHeader = (name: string): boolean => PROXY_HEADERS.has(name) || name.startsWith('x-forwarded') || name.startsWith('x-original-');

/**
 * Restricts development mode to direct connections from this machine, because anybody may sign in as anybody. A request that a proxy
 * or tunnel has passed on is refused. The routes below `/dev` also need a host name of this machine or of PUBLIC_URL: otherwise a
 * foreign page whose host name resolves to this machine (DNS rebinding) could sign in as anyone.
 */
export function guardDevelopmentMode(app: FastifyInstance, publicUrl: string | null): void {
  const names = publicUrl === null ? THIS_MACHINE : [...THIS_MACHINE, new URL(publicUrl).hostname];
  app.addHook('onRequest', async (request, reply) => {
    const forwarded = Object.keys(request.headers).find(isProxyHeader);
    const { remoteAddress = '' } = request.raw.socket;
    const refused = forwarded !== undefined ? `This request was passed on by a proxy, which added the header ${forwarded}.`
      : LOOPBACK.check(remoteAddress, isIPv6(remoteAddress) ? 'ipv6' : 'ipv4') ? undefined : 'This request came from another machine.';
    if (refused !== undefined) {
      const message = `${refused} The service runs in development mode, where anybody may sign in as anybody, so it answers only direct connections from its own machine. Connect to it directly, or set AUTH_JWT_SECRET or AUTH_ISSUER to leave development mode.`;
      return sendProblem(request, reply, { status: 403, code: 'FORBIDDEN', message });
    }
    if (!(request.routeOptions.url ?? '').startsWith('/dev/') || names.includes(nameOf(request.headers.host))) return undefined;
    const message = `This route is only available under the host names ${names.join(', ')}. Use one of them, or set PUBLIC_URL to the address that you use.`;
    return sendProblem(request, reply, { status: 403, code: 'FORBIDDEN', message });
  });
}

/** The name in a host header, without its port; empty for an invalid header. */
function nameOf(host: string | undefined): string {
  return URL.canParse(`http://${host ?? ''}`) ? new URL(`http://${host ?? ''}`).hostname : '';
}
