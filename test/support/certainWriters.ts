import { SignJWT } from 'jose';
import { Person, type Json } from './person';

/** A service may be somewhere else after each start; `url` is pending while none is ready. */
export interface Whereabouts {
  url: Promise<string>;
}

/** A mutation that was acknowledged, by the event that it wrote last. */
export interface Acknowledged {
  readonly type: string;
  readonly position: string;
}

const LOAD_SECRET = 'a secret of the tests that is long enough for HS256';

/** Settings of a service that the writers use: they sign their own tokens, and no limit refuses them. */
export const LOAD_SETTINGS = {
  AUTH_JWT_SECRET: LOAD_SECRET, HOST: '127.0.0.1', INVITATIONS_PER_APP_PER_DAY: '0', INVITATIONS_PER_RECIPIENT_PER_DAY: '0', MESSAGES_PER_MAILBOX_PER_DAY: '0',
  WORK_PER_PERSON: '0', WORK_PER_ADDRESS: '0', WORK_PER_APP: '0', OVERLOAD_DELAY_MS: '0',
};

const APPS = ['alpha', 'beta', 'gamma'];

interface Member {
  readonly keapId: string;
  readonly token: string;
}

async function member(keapId: string, scope = ''): Promise<Member> {
  const claims = { email: keapId, email_verified: true, ...(scope === '' ? {} : { scope }) };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setSubject(keapId).setIssuedAt().setExpirationTime('1d').sign(Buffer.from(LOAD_SECRET));
  return { keapId, token };
}

/** Clients that invite, accept, assign contacts and leave, and send every request with its key until it is answered. */
export class CertainWriters {
  readonly acknowledged: Acknowledged[] = [];
  /** Answers that no client should get, whatever happens to the service. */
  readonly unexpected: string[] = [];
  #stopping = false;
  #writing: Promise<unknown> = Promise.resolve();
  #waiting: { readonly from: number; readonly resolve: () => void }[] = [];

  constructor(private readonly service: Whereabouts) {}

  /** Registers the apps, and begins to write. */
  async start(writers: number): Promise<void> {
    const operator = await member('operator@load.example', 'operator');
    for (const appId of APPS) await this.#certain(operator, 'registerApp', { appId, name: appId, licences: 1, ownerKeapId: `owner-${appId}@load.example`, idempotencyKey: `register ${appId}` });
    this.#writing = Promise.all(Array.from({ length: writers }, (_, writer) => this.#write(writer)));
  }

  /** Resolves when so many requests have been acknowledged from now on. */
  async until(more: number): Promise<void> {
    const from = this.acknowledged.length + more;
    await new Promise<void>((resolve) => this.#waiting.push({ from, resolve }));
  }

  /** Ends when each writer has completed what it is about. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#writing;
  }

  async #write(writer: number): Promise<void> {
    const appId = APPS[writer % APPS.length] ?? '';
    const owner = await member(`owner-${appId}@load.example`);
    const partner = await member(`partner-${writer}@load.example`);
    for (let round = 0; !this.#stopping; round += 1) {
      const key = (step: string): { readonly appId: string; readonly idempotencyKey: string } => ({ appId, idempotencyKey: `${writer} ${round} ${step}` });
      const contactIds = [`contact ${writer} ${round}`];
      const { user: { userId }, invitation: { invitationId } } = await this.#written('PartnerInvited', owner, 'invitePartner', { ...key('invite'), keapId: partner.keapId, role: 'STANDARD' }, 'position user { userId } invitation { invitationId }');
      await this.#written('InvitationAccepted', partner, 'acceptInvitation', { ...key('accept'), invitationId });
      await this.#written('ContactsAssigned', owner, 'assignContacts', { ...key('assign'), userId, contactIds });
      await this.#written('ContactsUnassigned', owner, 'unassignContacts', { ...key('unassign'), contactIds });
      await this.#written('PartnerLeftApp', partner, 'leaveApp', { ...key('leave'), confirmAppId: appId });
    }
  }

  async #written(type: string, by: Member, mutation: string, input: object, fields = 'position'): Promise<Json> {
    const answer = await this.#certain(by, mutation, input, fields);
    this.acknowledged.push({ type, position: answer.position });
    for (const { from, resolve } of this.#waiting) if (this.acknowledged.length >= from) resolve();
    this.#waiting = this.#waiting.filter(({ from }) => this.acknowledged.length < from);
    return answer;
  }

  /** Sends a request until it is answered. */
  async #certain({ keapId, token }: Member, mutation: string, input: object, fields = 'position'): Promise<Json> {
    for (;;) {
      const url = await this.service.url;
      try {
        const answer = await new Person(url, keapId, token).mutate(mutation, input, fields);
        if (!answer.__typename.endsWith('Success')) {
          this.unexpected.push(`${mutation} ${JSON.stringify(input)}: ${JSON.stringify(answer)}`);
          throw new Error(this.unexpected.at(-1));
        }
        return answer;
      } catch (error) {
        if (this.unexpected.length > 0) throw error;
        const { message } = error as Error;
        if (/INTERNAL_SERVER_ERROR|UNAUTHENTICATED|BAD_USER_INPUT/.test(message)) this.unexpected.push(message);
      }
    }
  }
}
