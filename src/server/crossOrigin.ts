import type { FastifyCorsOptions } from '@fastify/cors';

/** Decides whether pages of an origin, as a browser names it (`https://console.example`), may send requests and read the answers. */
export type AllowsOrigin = (origin: string) => boolean;

/** How long a browser remembers the answer to a preflight request. */
const PREFLIGHT_SECONDS = 600;

const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/** Allows the listed origins and, in development, every origin of this machine, so that a front end on another port works without a setting. */
export const allowedOrigins = (listed: readonly string[], development: boolean): AllowsOrigin => (origin) =>
  listed.includes(origin) || (development && LOOPBACK_ORIGIN.test(origin));

/**
 * CORS for pages of allowed origins. Whatever request header a preflight asks for is allowed, since clients and proxies add their own
 * and there are no cookies that a header could be used with.
 */
export const crossOrigin = (allows: AllowsOrigin): FastifyCorsOptions => ({
  origin: (origin, done) => {
    done(null, origin !== undefined && allows(origin));
  },
  methods: ['GET', 'POST'],
  exposedHeaders: ['etag', 'retry-after', 'x-correlation-id', 'x-position'],
  credentials: false,
  maxAge: PREFLIGHT_SECONDS,
});
