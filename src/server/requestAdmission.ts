import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultLog } from './graphql/apollo';
import { type Identity, type SignIn, SignInError, SignInUnavailable } from './auth/signIn';
import { sendProblem } from './errorReplies';
import { PRICES } from './graphql/price';
import { TooManyChecks, type UnsignedLimit } from './limits';
import type { OverBudget } from './work/budgets';
import { type Overload, OVERLOADED } from './work/overload';
import { Places } from './work/places';
import { type Caller, callerKey, type RequestWork } from './work/requestWork';

interface RequestAdmissionParts {
  readonly signIn: SignIn;
  readonly faults: FaultLog;
  readonly unsigned: UnsignedLimit;
  readonly work: RequestWork;
  readonly overload: Overload;
  /** Requests in flight. Further ones are answered with 429. */
  readonly maxInFlight: number;
}

/** Decides which requests are answered, before anything is done for them: who sends them, whether there is time and a place for them, and when it is their turn. */
export class RequestAdmission {
  /** The places for requests in flight. */
  readonly places: Places;

  constructor(private readonly parts: RequestAdmissionParts) {
    this.places = new Places(parts.maxInFlight);
  }

  /**
   * Checks the token of a request.
   * @param options.countsUnsigned whether a request without a token counts for the limit of its address.
   * @returns who sent it; null when it is refused, and the reply sent.
   */
  async identify(request: FastifyRequest, reply: FastifyReply, { countsUnsigned }: { readonly countsUnsigned: boolean }): Promise<Caller | null> {
    const { signIn, faults, unsigned, work } = this.parts;
    const { authorization } = request.headers;
    let identity: Identity | null;
    try {
      identity = await (signIn.knows(authorization) ? signIn.authenticate(authorization) : unsigned.checked(request.ip, () => signIn.authenticate(authorization)));
    } catch (error) {
      if (error instanceof SignInUnavailable) {
        faults.signInUnavailable(error, request.id);
        void sendProblem(request, reply, { status: 503, code: 'SIGN_IN_UNAVAILABLE', message: error.message });
        return null;
      }
      if (error instanceof TooManyChecks) {
        void sendTooMany(request, reply, error.message);
        return null;
      }
      if (!(error instanceof SignInError)) throw error;
      work.spend({ identity: null, address: request.ip }, PRICES.request);
      if (unsigned.count(request, reply) === undefined) {
        reply.header('www-authenticate', 'Bearer error="invalid_token"');
        void sendProblem(request, reply, { status: 401, code: 'UNAUTHENTICATED', message: error.message });
      }
      return null;
    }
    if (identity === null && countsUnsigned && unsigned.count(request, reply) !== undefined) return null;
    return { identity, address: request.ip };
  }

  /** Whether the request can be answered in time. Where it cannot, the reply is sent. */
  hasTimeFor(request: FastifyRequest, reply: FastifyReply, caller: Caller): boolean {
    const { overload, work } = this.parts;
    const refusedFor = overload.refuses(callerKey(caller), work.left(caller));
    if (refusedFor > 0) sendOverloaded(request, reply, refusedFor);
    return refusedFor === 0;
  }

  /** Takes a place for a request. @returns an idempotent function that gives it back; null when it is refused, and the reply sent. */
  takePlace(request: FastifyRequest, reply: FastifyReply, caller: Caller): (() => void) | null {
    const leave = this.places.take(callerKey(caller), bodyBytesOf(request));
    if (typeof leave === 'string') {
      void sendTooMany(request, reply, leave);
      return null;
    }
    reply.raw.once('close', leave);
    return leave;
  }

  /** Waits until a request that has a place may begin. @returns whether it may; otherwise the reply is sent, or nobody would get it. */
  async waitForTurn(request: FastifyRequest, reply: FastifyReply, caller: Caller, leave: () => void): Promise<boolean> {
    const lateFor = await this.parts.overload.turn(callerKey(caller));
    if (request.raw.destroyed) {
      // When the client had gone before the place was taken, no event gives it back.
      leave();
      this.parts.work.spend(caller, PRICES.request);
      reply.hijack();
      return false;
    }
    if (lateFor > 0) sendOverloaded(request, reply, lateFor);
    return lateFor === 0;
  }
}

/** Answers a request of which there are too many. */
export const sendTooMany = (request: FastifyRequest, reply: FastifyReply, message: string): FastifyReply =>
  sendProblem(request, reply.header('retry-after', '1'), { status: 429, code: 'TOO_MANY_REQUESTS', message });

/** Answers a request whose budget is used up. */
export const sendOverBudget = (request: FastifyRequest, reply: FastifyReply, { seconds, message }: OverBudget): FastifyReply =>
  sendProblem(request, reply.header('retry-after', String(seconds)), { status: 429, code: 'TOO_MANY_REQUESTS', message });

function sendOverloaded(request: FastifyRequest, reply: FastifyReply, retryAfter: number): void {
  void sendProblem(request, reply.header('retry-after', String(retryAfter)), OVERLOADED);
}

/** The size of a request's body as its headers tell it, and the largest one that is accepted when they do not. */
const bodyBytesOf = ({ method, headers, routeOptions: { bodyLimit } }: FastifyRequest): number => {
  const bytes = method === 'GET' ? 0 : Number(headers['content-length'] ?? bodyLimit);
  // A body over the limit is refused without being read.
  return bytes > bodyLimit ? 0 : bytes;
};
