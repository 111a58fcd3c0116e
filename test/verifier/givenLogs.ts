import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Dice } from '../fuzz/dice';
import { GivenApp } from '../support/givenApp';
import { DAY_MS, MovableClock } from '../support/movableClock';
import { cliProcess } from '../support/serviceProcess';
import type { Json, Person } from '../support/person';
import { TestService } from '../support/testService';
import { startWitness } from '../support/witness';
import type { Evidence } from './secondVerifier';

/** What a log is made to hold, or how it is exported. */
export const KINDS = ['app', 'whole', 'part', 'review', 'rotated', 'erased', 'witnessed', 'lost', 'administration', 'rewritten'] as const;
export type Kind = (typeof KINDS)[number];

/** A log that the product has written, as an auditor has it. */
export interface GivenLog {
  readonly kind: Kind;
  readonly appId: string;
  /** The bundle with the checkpoints and the older bundle that were kept. */
  readonly evidence: Required<Evidence>;
  /** The user list that GraphQL shows at the end of the bundle; null for a bundle that has no whole list. */
  readonly users: readonly Json[] | null;
}

const NAMES = ['Ada', 'Ben', 'Clara', 'Dörte', 'Émile', '李雷', 'Zoë "Z" O\'Neil'];
const USERS = `query ($appId: ID!, $asOf: AsOf) { app(appId: $appId, asOf: $asOf) { users(first: 100, filter: { statuses: [ACTIVE, INVITED, EXPIRED, DECLINED, REVOKED, LEFT, REMOVED] }) { nodes {
  userId personId keapId name kind role status joinedAt endedAt invitedAt invitedBy { userId } } } } }`;

/** The command line on the files of a service. @throws Error where it fails. */
async function cli(dataDir: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cliProcess(args, { DATA_DIR: dataDir }).ended;
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const checkpointFiles = (directory: string): Buffer[] =>
  readdirSync(directory).filter((name) => name.startsWith('checkpoints-')).sort().map((name) => readFileSync(join(directory, name)));

/** People who invite, join, change roles, leave and are removed, by chance. */
class AppLife {
  readonly #invited: { person: Person; userId: string; invitationId: string; token: string }[] = [];
  readonly #members: { person: Person; userId: string }[] = [];
  #people = 0;

  constructor(private readonly app: GivenApp, private readonly operator: Person, private readonly clock: MovableClock, private readonly dice: Dice) {}

  get members(): readonly { person: Person; userId: string }[] {
    return this.#members;
  }

  async join(role: 'ADMIN' | 'STANDARD'): Promise<void> {
    this.#members.push(await this.app.join(`person ${this.#people++}`, role, 'USER'));
  }

  async step(number: number): Promise<void> {
    const { app, dice } = this;
    const { appId, owner } = app;
    // The first one stays an admin, so that a review can be signed off.
    const member = dice.oneOf(this.#members.slice(1));
    const invited = this.#invited.length > 0 ? dice.oneOf(this.#invited) : undefined;
    const steps: (() => Promise<unknown>)[] = [
      async () => {
        const invitation = await app.invite(`${dice.oneOf(NAMES)} ${this.#people++}`, dice.oneOf(['ADMIN', 'STANDARD']), dice.oneOf(['PARTNER', 'USER']));
        this.#invited.push(invitation);
      },
      async () => this.#members.push(await app.join(`${dice.oneOf(NAMES)} ${this.#people++}`, dice.oneOf(['ADMIN', 'STANDARD']))),
      async () => {
        const accepted = await invited?.person.mutate('acceptInvitation', { token: invited.token }, 'user { userId }');
        if (invited && accepted?.user) this.#members.push({ person: invited.person, userId: accepted.user.userId });
      },
      async () => invited && owner.mutate(dice.oneOf(['revokeInvitation', 'resendInvitation']), { appId, invitationId: invited.invitationId }),
      async () => invited?.person.mutate('declineInvitation', { token: invited.token }),
      async () => owner.mutate('changeUserRole', { appId, userId: member.userId, role: dice.oneOf(['ADMIN', 'STANDARD']), reason: dice.oneOf([null, 'Grew into it', 'Wächst hinein — "ja"']) }),
      async () => owner.mutate('removeUser', { appId, userId: member.userId, reason: dice.oneOf([null, 'Has left\nthe company']) }),
      async () => member.person.mutate('leaveApp', { appId, confirmAppId: appId }),
      async () => owner.mutate('invitePartner', { appId, keapId: member.person.keapId, role: 'STANDARD', name: 'Again' }),
      async () => app.assign(member.userId, `contact-${number}`),
      async () => this.operator.mutate('renameApp', { appId, name: `Renamed ${number}`, url: null }),
      async () => this.operator.mutate('setLicences', { appId, licences: 8 + number }),
      async () => this.operator.mutate('appointAdmin', { appId, keapId: dice.oneOf([member.person.keapId, `boss${number}@${appId}.example`]), name: 'Boss', reason: 'Ticket 1' }),
      async () => this.operator.mutate('rebindUser', { appId, userId: member.userId, keapId: `new${number}@${appId}.example`, reason: 'Ticket 2' }),
      async () => this.clock.pass(dice.oneOf([1000, DAY_MS, 8 * DAY_MS])),
    ];
    await dice.oneOf(steps)();
  }

  /** A review of everybody, signed off; returns its id. */
  async review(): Promise<string> {
    const { appId, owner, ownerUserId } = this.app;
    const second = this.#members[0]!;
    const { review } = await owner.mutate('startAccessReview', { appId, note: 'Quarter 1' }, 'review { reviewId items(first: 100) { nodes { user { userId } } } }');
    const listed: readonly string[] = review.items.nodes.map((item: Json) => item.user.userId);
    for (const userId of listed) {
      const decision = this.dice.oneOf(['KEEP', 'REMOVE']);
      await (userId === ownerUserId ? second.person : owner).mutate('decideAccess', { reviewId: review.reviewId, userIds: [userId], decision, ...(decision === 'REMOVE' ? { remark: 'No longer needed' } : {}) });
    }
    await second.person.mutate('finishAccessReview', { reviewId: review.reviewId });
    return review.reviewId;
  }

  /** What operators and auditors do outside of the app, and to its people. */
  async administer(auditor: Person): Promise<void> {
    const { appId } = this.app;
    const { webhook } = await this.operator.mutate('registerWebhook', { url: 'https://127.0.0.1:1/' }, 'webhook { webhookId }');
    await this.operator.mutate('removeWebhook', { webhookId: webhook.webhookId });
    await this.operator.mutate('appointAdmin', { appId, keapId: `chief@${appId}.example`, name: 'Chief', reason: 'Ticket 3' });
    await this.operator.mutate('releaseKeapId', { keapId: this.#members[1]!.person.keapId });
    await auditor.mutate('startAccessReview', { appId, note: 'Spot check' });
    await auditor.read(USERS, { appId });
  }
}

/** Has the product write a log of some kind in a directory, and exports it. */
export async function givenLog(kind: Kind, directory: string, dice: Dice): Promise<GivenLog> {
  const dataDir = join(directory, 'log');
  const checkpoints = join(dataDir, 'checkpoints');
  const clock = new MovableClock();
  const witness = kind === 'witnessed' ? await startWitness(join(directory, 'witness')) : null;
  const start = (): Promise<TestService> => TestService.start({ clock, env: { DATA_DIR: dataDir, CHECKPOINT_EVERY_EVENTS: '6', WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8', ...witness?.env } });
  let service = await start();
  const app = await GivenApp.register(service, { licences: 8 });
  const { appId } = app;
  const life = new AppLife(app, await service.as('operator@example.com', 'operator'), clock, dice);
  const live = async (steps: number): Promise<void> => {
    for (let number = 0; number < steps; number += 1) await life.step(number);
  };
  await life.join('ADMIN');
  await life.join('STANDARD');
  await live(6);
  // Names somebody in a text about somebody else, which no key of theirs protects.
  if (kind === 'rewritten') await app.owner.mutate('invitePartner', { appId, keapId: `deputy@${appId}.example`, role: 'STANDARD', name: 'Deputy', reason: `Stands in for ${life.members[1]!.person.keapId} until May` });
  const previous = [Buffer.from(await cli(dataDir, 'export', ...(kind === 'whole' ? [] : ['--app', appId])))];
  const kept = checkpointFiles(checkpoints);
  const middle = clock.now();
  if (kind === 'rotated') await cli(dataDir, 'rotate-key', '--operator', 'Operations', '--reason', 'Yearly');
  await live(8);
  await app.assign(app.ownerUserId, 'a contact', 'another one');
  await app.join('the last one');
  const reviewId = kind === 'review' || kind === 'administration' ? await life.review() : '';
  if (kind === 'administration') await life.administer(await service.as('auditor@example.com', 'auditor'));
  if (witness !== null) while (!existsSync(checkpoints) || !readdirSync(checkpoints).some((name) => name.startsWith('countersigned-'))) await new Promise((resolve) => setTimeout(resolve, 20));
  if (kind === 'erased' || kind === 'lost' || kind === 'rewritten') {
    await service.close();
    if (kind !== 'lost') await cli(dataDir, 'erase', '--keap-id', life.members[1]!.person.keapId, ...(kind === 'rewritten' ? ['--rewrite'] : []));
    else {
      rmSync(join(dataDir, 'checkpoint.key'));
      await cli(dataDir, 'rotate-key', '--lost', '--operator', 'Operations', '--reason', 'The disk died');
    }
    service = await start();
  }
  const asked = { review: ['--review', reviewId], administration: ['--administration'], whole: [], part: ['--app', appId, '--from', middle] }[kind as string] ?? ['--app', appId];
  const bundle = Buffer.from(await cli(dataDir, 'export', ...asked));
  const lines = bundle.toString().trimEnd().split('\n').map((line): Json => JSON.parse(line));
  const auditor = await service.as('auditor@example.com', 'auditor');
  const users: readonly Json[] | null = ['review', 'part', 'administration'].includes(kind) ? null : (await auditor.read(USERS, { appId, asOf: { position: lines.at(-2).position } })).app.users.nodes;
  await service.close();
  witness?.program.kill('SIGTERM');
  await witness?.program.ended;
  return { kind, appId, users, evidence: { bundle, keys: [lines.at(-1).data.seal.keyId], witnessKeys: witness === null ? [] : [witness.keyId], kept, previous } };
}
