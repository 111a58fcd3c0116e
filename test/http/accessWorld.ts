import { randomBytes, randomUUID } from 'node:crypto';
import { LinkTokens } from '../../src/application/linkTokens';
import type { Relation } from '../../src/domain/access';
import { Person, type Json } from '../support/person';
import { TestService } from '../support/testService';
import { TokenIssuer } from '../support/tokenIssuer';

/** Ids that a request names. */
export interface Named {
  readonly appId: string;
  /** A standard partner. */
  readonly userId: string;
  readonly toUserId: string;
  /** The owner, the only admin of kind USER. */
  readonly ownerUserId: string;
  /** A person who has left. */
  readonly formerUserId: string;
  /** A revoked invitation of the invitee, so that answering it changes nothing. */
  readonly invitationId: string;
  readonly contactId: string;
  /** An open access review. */
  readonly reviewId: string;
  readonly token: string;
}

/** A caller: their relation to the app, and the token that they send. */
export interface AskedBy {
  readonly relation: Relation;
  readonly token: string | null;
}

export interface Asked {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
}

const APP = 'matrix-app-1';
const OTHER_APP = 'matrix-app-2';
/** As long as the other ids, so that answers can be compared byte for byte. */
const NO_APP = 'matrix-app-3';

const email = (name: string): string => `${name}@people.example`;

/** One app in which there is somebody of each kind, and everybody who may ask about it, signed in at a provider. */
export class AccessWorld {
  private constructor(
    readonly service: TestService,
    private readonly issuer: TokenIssuer,
    readonly callers: Readonly<Record<string, AskedBy>>,
    readonly existing: Named,
    /** The same questions about an app that there is not. */
    readonly withoutApp: Named,
    /** The same questions about users, invitations and contacts that there are not. */
    readonly withoutThings: Named,
  ) {}

  static async start(): Promise<AccessWorld> {
    const issuer = await TokenIssuer.start();
    const secretKey = randomBytes(32);
    const service = await TestService.start({
      env: {
        AUTH_ISSUER: issuer.issuer, AUTH_AUDIENCE: issuer.audience, SECRET_KEY: secretKey.toString('base64'), HOST: '127.0.0.1',
        UNSIGNED_REQUESTS_PER_MINUTE: '0', TOKEN_GUESSES_PER_MINUTE: '0', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0',
      },
    });
    const tokenOf = (name: string, scope = ''): string => issuer.token({ sub: name, email: email(name), name, scope });
    const as = (name: string, scope = ''): Person => new Person(service.url, email(name), tokenOf(name, scope));

    const operator = as('operator', 'operator');
    for (const [appId, owner] of [[APP, 'owner'], [OTHER_APP, 'other-owner']] as const) {
      const { position } = await granted(operator, 'registerApp', { appId, name: 'Matrix', licences: 50, ownerKeapId: email(owner) }, 'position');
      await as(owner).read('{ viewer { personId } }', {}, { 'x-min-position': position });
    }
    const owner = as('owner');
    const invite = async (name: string, kind: 'invitePartner' | 'inviteUser', role: string): Promise<{ userId: string; invitationId: string }> => {
      const { user, invitation } = await granted(owner, kind, { appId: APP, keapId: email(name), role }, 'user { userId } invitation { invitationId }');
      return { userId: user.userId, invitationId: invitation.invitationId };
    };
    const join = async (name: string, kind: 'invitePartner' | 'inviteUser', role: string): Promise<string> => {
      const { userId, invitationId } = await invite(name, kind, role);
      await granted(as(name), 'acceptInvitation', { appId: APP, invitationId }, 'user { userId }');
      return userId;
    };
    const toUserId = await join('user', 'inviteUser', 'STANDARD');
    const userId = await join('partner', 'invitePartner', 'STANDARD');
    await join('partner-admin', 'invitePartner', 'ADMIN');
    const formerUserId = await join('former', 'invitePartner', 'STANDARD');
    await granted(as('former'), 'leaveApp', { appId: APP, confirmAppId: APP }, 'appId');
    const { invitationId } = await invite('invitee', 'invitePartner', 'STANDARD');
    await granted(owner, 'revokeInvitation', { appId: APP, invitationId }, 'position');
    const { app: { viewer: { user: { userId: ownerUserId } } } } = await owner.read('query ($appId: ID!) { app(appId: $appId) { viewer { user { userId } } } }', { appId: APP });
    const open = await invite('invitee', 'invitePartner', 'STANDARD');
    await granted(owner, 'assignContacts', { appId: APP, userId, contactIds: ['contact-1'] }, 'changed');

    const { review: { reviewId } } = await granted(owner, 'startAccessReview', { appId: APP }, 'review { reviewId }');

    const existing: Named = { reviewId, appId: APP, userId, toUserId, ownerUserId, formerUserId, invitationId, contactId: 'contact-1', token: new LinkTokens({ keys: [secretKey], refresh: () => Promise.resolve() }).tokenOf(open.invitationId, 1) };
    const callers: Record<string, AskedBy> = {
      'nobody': { relation: 'NOBODY', token: null },
      'stranger': { relation: 'STRANGER', token: tokenOf('stranger') },
      'admin of another app': { relation: 'STRANGER', token: tokenOf('other-owner') },
      'invitee': { relation: 'INVITEE', token: tokenOf('invitee') },
      'former partner': { relation: 'FORMER', token: tokenOf('former') },
      'standard user': { relation: 'STANDARD', token: tokenOf('user') },
      'partner': { relation: 'STANDARD', token: tokenOf('partner') },
      'partner admin': { relation: 'PARTNER_ADMIN', token: tokenOf('partner-admin') },
      'admin': { relation: 'ADMIN', token: tokenOf('owner') },
      'operator': { relation: 'OPERATOR', token: tokenOf('operator', 'operator') },
      'auditor': { relation: 'AUDITOR', token: tokenOf('auditor', 'auditor') },
    };
    return new AccessWorld(service, issuer, callers, existing, { ...existing, appId: NO_APP, reviewId: randomUUID() }, {
      ...existing, userId: randomUUID(), toUserId: randomUUID(), ownerUserId: randomUUID(), formerUserId: randomUUID(), invitationId: randomUUID(), contactId: 'contact-9', reviewId: randomUUID(),
    });
  }

  /** The admin's own claims, in tokens that are wrong in one way each. */
  wrongTokens(): Readonly<Record<string, string>> {
    const claims = { sub: 'owner', email: email('owner'), scope: 'operator auditor' };
    const { issuer } = this;
    return {
      'expired': issuer.token({ ...claims, exp: Math.floor(Date.now() / 1000) - 60 }),
      'wrong issuer': issuer.token({ ...claims, iss: 'https://login.elsewhere.example' }),
      'wrong audience': issuer.token({ ...claims, aud: 'another service' }),
      'alg:none': issuer.token(claims, { header: { alg: 'none' }, signature: '' }),
      'key confusion': issuer.token(claims, { header: { alg: 'HS256' }, hmacSecret: issuer.publicKey.export({ type: 'spki', format: 'pem' }) }),
    };
  }

  /** What is answered; of what is followed the first that comes: a message, or that it is followed. */
  async ask(token: string | null, query: string, variables: object): Promise<Asked> {
    if (query.startsWith('subscription')) return this.#follow(token, query, variables);
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, contentType: response.headers.get('content-type'), text: await response.text() };
  }

  async #follow(token: string | null, query: string, variables: object): Promise<Asked> {
    const ending = new AbortController();
    const response = await fetch(`${this.service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept': 'text/event-stream', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
      signal: ending.signal,
    });
    const contentType = response.headers.get('content-type');
    if (contentType?.startsWith('text/event-stream') !== true) return { status: response.status, contentType, text: await response.text() };
    const first = new TextDecoder().decode((await response.body?.getReader().read())?.value);
    ending.abort();
    return { status: response.status, contentType, text: /^data: (.+)$/m.exec(first)?.[1] ?? '{"data":{"followed":true}}' };
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.issuer.stop();
  }
}

async function granted(person: Person, mutation: string, input: object, fields: string): Promise<Json> {
  const answer = await person.mutate(mutation, input, fields);
  if (!String(answer.__typename).endsWith('Success')) throw new Error(`${mutation}: ${JSON.stringify(answer)}`);
  return answer;
}
