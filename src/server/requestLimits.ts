import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AddressLimit } from './addressLimit';
import { GRAPHQL_PATH, sendProblem } from './errorReplies';

/** Asked often, by machines that watch over the service, and cheap to answer. */
const NOT_COUNTED = ['/health/live', '/health/ready'];

/** Limits what an address may ask without being signed in, or with a sign-in that is wrong. */
export class UnsignedLimit {
  readonly #limit: AddressLimit;

  /** @param perMinute 0 is no limit. */
  constructor(perMinute: number) {
    this.#limit = new AddressLimit({ perMinute });
  }

  /** Counts everything but GraphQL, where only whoever reads the token knows what to count. */
  addTo(app: FastifyInstance): void {
    app.addHook('onRequest', async (request, reply) => {
      const url = request.routeOptions.url ?? '';
      if (url === GRAPHQL_PATH || NOT_COUNTED.includes(url)) return undefined;
      return this.refusalOf(request, reply, this.#limit.take(request.ip));
    });
  }

  /** Counts an unsigned request. @returns the reply where it is one too many, already sent. */
  count(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    return this.refusalOf(request, reply, this.#limit.take(request.ip));
  }

  /** Counts nothing. @returns the reply where the address has used up its limit, already sent. */
  check(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    return this.refusalOf(request, reply, this.#limit.wait(request.ip));
  }

  /** Counts a wrong sign-in that came by another way than a request. */
  note(address: string | undefined): void {
    this.#limit.take(address);
  }

  /** Whether nothing more may come from the address now. */
  isUsedUp(address: string | undefined): boolean {
    return this.#limit.wait(address) > 0;
  }

  private refusalOf(request: FastifyRequest, reply: FastifyReply, seconds: number): FastifyReply | undefined {
    if (seconds === 0) return undefined;
    const message = `An address may send ${this.#limit.perMinute} requests a minute that are not signed in. Sign in, or send the same request again in ${seconds} s.`;
    return sendProblem(request, reply.header('retry-after', String(seconds)), { status: 429, code: 'TOO_MANY_REQUESTS', message });
  }
}
