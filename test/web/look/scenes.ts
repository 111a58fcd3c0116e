import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page, Route } from 'playwright-core';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { AGENCY, AUDITOR, COACH, type Fate, MANAGER, NEWCOMER, OPERATOR, OWNER, type World } from './world';

/** A page of the product in one of its states. */
export interface Scene {
  /** Page and state, for example `users, empty`. It is also the name of its pictures. */
  readonly name: string;
  /** Keap ID of the person who looks at it; null for nobody. */
  readonly as: string | null;
  readonly path: (world: World) => string;
  /** What is there once the page is complete. */
  readonly shows: string;
  /** Prevents answers, before the page is opened. */
  readonly answers?: (page: Page) => Promise<unknown>;
  /** What the person does there. */
  readonly does?: (page: Page) => Promise<unknown>;
  /** Selector of what differs from one time to the next, such as figures of the process. */
  readonly varies?: string;
  /** Whether it has no pictures, since it looks like the same state of another page. */
  readonly isLikeOthers?: boolean;
}

/** Waits until the editor of the API page, which shows its text first in colours of its own, has those of the page. */
const coloured = (page: Page): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const texts = [...document.querySelectorAll('.view-line span span')];
      if (texts.length > 0 && texts.every((text) => getComputedStyle(text).color !== 'rgb(255, 0, 0)')) resolve();
      else requestAnimationFrame(look);
    };
    look();
  })`);

type Answering = (route: Route) => Promise<unknown> | undefined;

const operationOf = (body: string | null): string => (JSON.parse(body ?? '{}') as { readonly operationName?: string }).operationName ?? '';
/** Answers the operations with these names in another way. */
const answering = (names: readonly string[], answer: Answering) => (page: Page): Promise<unknown> =>
  page.route('**/graphql', (route) => (names.includes(operationOf(route.request().postData())) ? answer(route) : route.fallback()));
/** They are never answered. */
const waiting = (...names: readonly string[]): NonNullable<Scene['answers']> => answering(names, () => undefined);
/** They are refused with an error of the service. */
const failing = (...names: readonly string[]): NonNullable<Scene['answers']> => answering(names, (route) =>
  route.fulfill({ contentType: 'application/json', body: JSON.stringify({ data: null, errors: [{ message: 'The service made a mistake and has noted it. Try again, and tell its operators if it happens again.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }) }));

/** Prevents answers in both ways. */
const both = (...all: readonly NonNullable<Scene['answers']>[]) => async (page: Page): Promise<void> => {
  for (const answers of all) await answers(page);
};
/** The person has so many apps that theirs are not on the first page of Account Central. */
const hasAppsElsewhere = (page: Page): Promise<unknown> => answering(['AccountCentral'], async (route) => {
  const response = await route.fetch();
  const answer = await response.json() as { readonly data: { readonly accountCentral: { readonly accounts: { readonly pageInfo: object } } } };
  const { accounts } = answer.data.accountCentral;
  Object.assign(accounts, { nodes: [], pageInfo: { ...accounts.pageInfo, hasNextPage: true } });
  return route.fulfill({ response, json: answer });
})(page);
/** What `/health/ready` says arrives never, or something else does, such as a page of a proxy. */
const healthIs = (what: 'waiting' | 'unknown') => (page: Page): Promise<unknown> =>
  page.route('**/health/ready', (route) => (what === 'waiting' ? undefined : route.fulfill({ contentType: 'text/html', body: '<p>Welcome</p>' })));

const LOADING = '[aria-busy="true"]';
const FAILED = '[role="alert"] button';
const h1 = (title: string): string => `h1:has-text("${title}")`;
/** Something on the page with this heading, not on what stands there before it. */
const on = (title: string, shows: string): string => `main:has(${h1(title)}) ${shows}`;
const APP = '?app=gx624';
const invitation = (fate: Fate) => ({ tokens }: World): string => `/invitation#${tokens[fate]}`;
const userPath = (keapId: string) => ({ users }: World): string => `/users/${users.get(keapId) ?? ''}${APP}`;
const click = (name: string, role: 'button' | 'menuitem' = 'button') => (page: Page): Promise<void> => page.getByRole(role, { name, exact: true }).click();
const opensDialog = (...names: readonly string[]) => async (page: Page): Promise<void> => {
  for (const [index, name] of names.entries()) await click(name, index === 0 ? 'button' : 'menuitem')(page);
  await page.getByRole('dialog').waitFor();
};

const findsNobody = async (page: Page): Promise<void> => {
  await page.getByRole('searchbox').fill('nobody has this name');
  await page.locator('[data-found="0"][aria-busy="false"]').waitFor();
};
const goesToEarlierChange = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Change before' }).click();
  await page.getByRole('status').getByText('The service made a mistake').waitFor();
};
const selects = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Select undecided people' }).click();
  await page.locator('[aria-selected="true"]').first().waitFor();
};
const usesAnotherAccount = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByRole('button', { name: 'Olivia Owner' }).click();
  await page.getByRole('button', { name: 'Use another account' }).waitFor();
};

const READY = '[data-presence="ready"]';
const BUNDLE = readFileSync(join(__dirname, '../../../docs/vectors/bundle.ndjson'), 'utf8');
/** Somebody who has been given a file has it checked. */
const verifies = (text: string, isGone = false) => async (page: Page): Promise<void> => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'bundle.ndjson');
  writeFileSync(file, text);
  await page.locator('[data-field="bundle"] input').setInputFiles(file);
  if (isGone) rmSync(file);
  await click('Verify')(page);
  await page.locator('main').locator('[data-check="good"], [data-check="found"], [role="alert"]').first().waitFor();
  directory.remove();
};
const goesToVerify = async (page: Page): Promise<void> => {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Verify evidence' }).click();
  await page.locator(READY).waitFor();
};
/** The check has begun, and does not go on. */
const waitsForTheCheck = async (page: Page): Promise<void> => {
  await page.locator('[data-field="bundle"] input').setInputFiles({ name: 'bundle.ndjson', mimeType: '', buffer: Buffer.from(BUNDLE) });
  await page.evaluate('Worker.prototype.postMessage = () => undefined');
  await click('Verify')(page);
  await page.locator('[data-check="running"]').waitFor();
};
const cancels = async (page: Page): Promise<void> => {
  await waitsForTheCheck(page);
  await click('Cancel')(page);
  await page.locator('[data-check="stopped"]').waitFor();
};

/** Every page in every state that it has: as usual, empty, loading, failed, without the right, with very many. */
export const SCENES: readonly Scene[] = [
  { name: 'sign-in', as: null, path: () => '/', shows: h1('Who are you today?') },
  { name: 'not found', as: COACH, path: () => '/users/a/b/c', shows: h1('no such page') },

  { name: 'account central', as: COACH, path: () => '/account-central', shows: '[data-app="gx700"]' },
  { name: 'account central, empty', as: NEWCOMER, path: () => '/account-central', shows: 'main :text("nina@newcomer.example")' },
  { name: 'account central, loading', as: COACH, path: () => '/account-central', shows: LOADING, answers: waiting('AccountCentral') },
  { name: 'account central, failed', as: COACH, path: () => '/account-central', shows: FAILED, answers: failing('AccountCentral') },
  { name: 'account central, many', as: MANAGER, path: () => '/account-central', shows: '[data-app="mx124"]' },
  { name: 'configure', as: AGENCY, path: () => '/account-central/gx624', shows: h1('gx624') },
  { name: 'configure, with contacts', as: COACH, path: () => '/account-central/gx624', shows: '[data-assigned="7"]:has-text("contact-1")' },
  { name: 'configure, leave', as: AGENCY, path: () => '/account-central/gx624', shows: h1('gx624'), does: opensDialog('Leave Account') },
  { name: 'configure, no right', as: COACH, path: () => '/account-central/mx101', shows: 'h1:not(:has-text("mx101"))' },
  { name: 'configure, with contacts without admins', as: COACH, path: () => '/account-central/gx624', shows: '[data-assigned="7"]', answers: failing('UserList'), isLikeOthers: true },
  { name: 'configure, loading', as: AGENCY, path: () => '/account-central/gx624', shows: on('gx624', LOADING), answers: both(hasAppsElsewhere, waiting('Account')), isLikeOthers: true },
  { name: 'configure, failed', as: AGENCY, path: () => '/account-central/gx624', shows: on('gx624', FAILED), answers: both(hasAppsElsewhere, failing('Account')), isLikeOthers: true },

  { name: 'users', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]' },
  { name: 'users, empty', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]', does: findsNobody },
  { name: 'users, loading', as: OWNER, path: () => `/users${APP}`, shows: LOADING, answers: waiting('UserList') },
  { name: 'users, failed', as: OWNER, path: () => `/users${APP}`, shows: FAILED, answers: failing('UserList') },
  { name: 'users, no right', as: COACH, path: () => '/users?app=mx101', shows: 'h1:has-text("not")' },
  { name: 'users, many', as: 'owner@big.example', path: () => '/users?app=big', shows: '[data-user="m0@big.example"]' },
  { name: 'users, add partner', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]', does: opensDialog('Add Partner') },
  { name: 'users, add users', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]', does: opensDialog('Add Users') },
  { name: 'users, actions', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]', does: click('Actions for Sam Consultant') },
  { name: 'users, remove', as: OWNER, path: () => `/users${APP}`, shows: '[data-user="uma@keap.example"]', does: opensDialog('Actions for Paul Coach', 'Remove from the app') },
  { name: 'person', as: OWNER, path: userPath(COACH), shows: '[data-contacts="7"]' },
  { name: 'person, invited', as: OWNER, path: userPath('sam@consultant.example'), shows: 'li[data-event]' },
  { name: 'person, loading', as: OWNER, path: userPath(COACH), shows: LOADING, answers: waiting('User') },
  { name: 'person, failed', as: OWNER, path: userPath(COACH), shows: FAILED, answers: failing('User') },
  { name: 'person, no right', as: COACH, path: userPath(OWNER), shows: 'h1' },

  { name: 'history', as: AUDITOR, path: () => `/history${APP}`, shows: 'ol li, [role="listitem"]', varies: '[data-checkpoint] p' },
  { name: 'history, empty', as: OWNER, path: () => `/history${APP}&from=2019-01-01&to=2019-01-02`, shows: 'main p' },
  { name: 'history, loading', as: OWNER, path: () => `/history${APP}`, shows: LOADING, answers: waiting('History', 'HistoryPositions') },
  { name: 'history, failed', as: OWNER, path: () => `/history${APP}`, shows: FAILED, answers: failing('History', 'HistoryPositions') },
  { name: 'history, no right', as: COACH, path: () => `/history${APP}`, shows: 'h1:has-text("not")' },
  { name: 'history, many', as: 'owner@big.example', path: () => '/history?app=big', shows: '[role="listitem"]' },
  { name: 'history, event', as: AUDITOR, path: ({ event }) => `/history${APP}&event=${encodeURIComponent(event)}`, shows: '[data-result="right"]', varies: '[data-checkpoint] p' },
  { name: 'history, users at a moment', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: '[data-compared]' },
  { name: 'history, over time', as: OWNER, path: () => `/history${APP}&view=charts`, shows: '[data-complete="true"]' },
  { name: 'history, compare', as: OWNER, path: () => `/history${APP}&view=compare&since=2025-12-01T00:00:00.000Z`, shows: '[data-group="left"] li' },
  { name: 'history, event, loading', as: AUDITOR, path: ({ event }) => `/history${APP}&event=${encodeURIComponent(event)}`, shows: `[role="dialog"] ${LOADING}`, answers: waiting('HistoryEvent'), isLikeOthers: true },
  { name: 'history, event, failed', as: AUDITOR, path: ({ event }) => `/history${APP}&event=${encodeURIComponent(event)}`, shows: `[role="dialog"] ${FAILED}`, answers: failing('HistoryEvent'), isLikeOthers: true },
  { name: 'history, event without its proof', as: AUDITOR, path: ({ event }) => `/history${APP}&event=${encodeURIComponent(event)}`, shows: `[role="dialog"] ${FAILED}`, answers: failing('InclusionProof'), isLikeOthers: true },
  { name: 'history, checkpoint, loading', as: AUDITOR, path: () => `/history${APP}`, shows: on('History', LOADING), answers: waiting('LatestCheckpoint'), isLikeOthers: true },
  { name: 'history, checkpoint, failed', as: AUDITOR, path: () => `/history${APP}`, shows: on('History', FAILED), answers: failing('LatestCheckpoint'), isLikeOthers: true },
  { name: 'history, users at a moment, loading', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: on('History', LOADING), answers: waiting('UserList'), isLikeOthers: true },
  { name: 'history, users at a moment, failed', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: on('History', FAILED), answers: failing('UserList'), isLikeOthers: true },
  { name: 'history, slider loading', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: '[data-compared]', answers: waiting('HistoryPositions'), isLikeOthers: true },
  { name: 'history, slider failed', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: '[data-compared]', answers: failing('HistoryPositions'), does: goesToEarlierChange, isLikeOthers: true },
  { name: 'history, changes since a moment failed', as: OWNER, path: () => `/history${APP}&view=users&at=2025-12-01T00:00:00.000Z`, shows: '[data-at]:has-text("The service made a mistake")', answers: failing('MembershipDiff'), isLikeOthers: true },
  { name: 'history, over time, loading', as: OWNER, path: () => `/history${APP}&view=charts`, shows: on('History', LOADING), answers: waiting('AccessChanges'), isLikeOthers: true },
  { name: 'history, over time, failed', as: OWNER, path: () => `/history${APP}&view=charts`, shows: on('History', FAILED), answers: failing('AccessChanges'), isLikeOthers: true },
  { name: 'history, compare, loading', as: OWNER, path: () => `/history${APP}&view=compare&since=2025-12-01T00:00:00.000Z`, shows: on('History', LOADING), answers: waiting('MembershipDiff'), isLikeOthers: true },
  { name: 'history, compare, failed', as: OWNER, path: () => `/history${APP}&view=compare&since=2025-12-01T00:00:00.000Z`, shows: on('History', FAILED), answers: failing('MembershipDiff'), isLikeOthers: true },

  { name: 'access', as: OWNER, path: () => `/access${APP}`, shows: '[data-period="uma@keap.example"]' },
  { name: 'access, empty', as: OWNER, path: () => `/access${APP}&from=2001-01-01&to=2001-01-02`, shows: 'main :text("Nobody had access")' },
  { name: 'access, failed', as: OWNER, path: () => `/access${APP}`, shows: FAILED, answers: failing('AccessPeriods') },
  { name: 'access, loading', as: OWNER, path: () => `/access${APP}`, shows: on('Periods of access', LOADING), answers: waiting('AccessPeriods'), isLikeOthers: true },

  { name: 'reviews', as: OWNER, path: () => `/reviews${APP}`, shows: 'main li' },
  { name: 'reviews, empty', as: 'owner@big.example', path: () => '/reviews?app=big', shows: 'main :text("no access review")' },
  { name: 'reviews, start', as: AGENCY, path: () => `/reviews${APP}`, shows: 'main li', does: opensDialog('Start review') },
  { name: 'reviews, loading', as: OWNER, path: () => `/reviews${APP}`, shows: on('Access reviews', LOADING), answers: waiting('AccessReviews'), isLikeOthers: true },
  { name: 'reviews, failed', as: OWNER, path: () => `/reviews${APP}`, shows: on('Access reviews', FAILED), answers: failing('AccessReviews'), isLikeOthers: true },
  { name: 'review', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: `[data-user="${COACH}"]` },
  { name: 'review, selected', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: `[data-user="${COACH}"]`, does: selects },
  { name: 'review, finished', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.finished}`, shows: `[data-user="${COACH}"]` },
  { name: 'review, no right', as: COACH, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: 'h1' },
  { name: 'review, loading', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: on('Access review', LOADING), answers: waiting('AccessReview'), isLikeOthers: true },
  { name: 'review, failed', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: on('Access review', FAILED), answers: failing('AccessReview'), isLikeOthers: true },
  { name: 'review, people, loading', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: on('Quarter 1', LOADING), answers: waiting('AccessReviewItems'), isLikeOthers: true },
  { name: 'review, people, failed', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: on('Quarter 1', FAILED), answers: failing('AccessReviewItems'), isLikeOthers: true },
  { name: 'review, differences failed', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: on('Quarter 1', FAILED), answers: failing('AccessReviewDifferences'), isLikeOthers: true },

  { name: 'verify', as: null, path: () => '/verify', shows: READY },
  { name: 'verify, signed in', as: COACH, path: () => '/account-central', shows: '[data-app="gx700"]', does: goesToVerify },
  { name: 'verify, dropping', as: null, path: () => '/verify', shows: READY, does: (page) => page.locator('[data-field="bundle"]').dispatchEvent('dragover') },
  { name: 'verify, running', as: null, path: () => '/verify', shows: READY, does: waitsForTheCheck },
  { name: 'verify, cancelled', as: null, path: () => '/verify', shows: READY, does: cancels },
  { name: 'verify, no findings', as: null, path: () => '/verify', shows: READY, does: verifies(BUNDLE) },
  { name: 'verify, findings', as: null, path: () => '/verify', shows: READY, does: verifies(BUNDLE.replaceAll('Olivia', 'Olga').replace('"revision":3', '"revision":4')) },
  { name: 'verify, no bundle', as: null, path: () => '/verify', shows: READY, does: verifies('This is no bundle.') },
  { name: 'verify, unreadable', as: null, path: () => '/verify', shows: READY, does: verifies(BUNDLE, true) },

  { name: 'operators', as: OPERATOR, path: () => '/operators', shows: 'main li' },
  { name: 'operators, failed', as: OPERATOR, path: () => '/operators', shows: FAILED, answers: failing('Apps') },
  { name: 'operators, loading', as: OPERATOR, path: () => '/operators', shows: on('Operators', LOADING), answers: waiting('Apps'), isLikeOthers: true },
  { name: 'operators, no right', as: COACH, path: () => '/operators', shows: 'h1:has-text("not")' },
  { name: 'operators, register', as: OPERATOR, path: () => '/operators', shows: 'main li', does: opensDialog('Register an app') },
  { name: 'operators, app', as: OPERATOR, path: () => '/operators/apps/gx624', shows: 'main form' },
  { name: 'operators, app, loading', as: OPERATOR, path: () => '/operators/apps/gx624', shows: on('gx624', LOADING), answers: waiting('App'), isLikeOthers: true },
  { name: 'operators, app, failed', as: OPERATOR, path: () => '/operators/apps/gx624', shows: on('gx624', FAILED), answers: failing('App'), isLikeOthers: true },
  { name: 'operators, health', as: OPERATOR, path: () => '/operators/health', shows: '[data-projection]', varies: 'section dd, [data-projection] td' },
  { name: 'operators, health loading', as: OPERATOR, path: () => '/operators/health', shows: on('Health', LOADING), answers: healthIs('waiting'), isLikeOthers: true },
  { name: 'operators, health unknown', as: OPERATOR, path: () => '/operators/health', shows: 'main :text("It is not known")', answers: healthIs('unknown'), isLikeOthers: true },
  { name: 'webhooks', as: OPERATOR, path: () => '/webhooks', shows: '[data-webhook="https://audit.example/events"]' },
  { name: 'webhooks, register', as: OPERATOR, path: () => '/webhooks', shows: '[data-webhook="https://audit.example/events"]', does: opensDialog('Register a webhook') },
  { name: 'webhooks, loading', as: OPERATOR, path: () => '/webhooks', shows: on('Webhooks', LOADING), answers: waiting('Webhooks'), isLikeOthers: true },
  { name: 'webhooks, failed', as: OPERATOR, path: () => '/webhooks', shows: on('Webhooks', FAILED), answers: failing('Webhooks'), isLikeOthers: true },

  { name: 'administration', as: OPERATOR, path: () => '/administration', shows: '[role="listitem"], main ol li' },
  { name: 'administration, no right', as: COACH, path: () => '/administration', shows: 'h1:has-text("not")' },
  { name: 'administration, empty', as: OPERATOR, path: () => '/administration?from=2001-01-01&to=2001-01-02', shows: 'main :text("Nothing matches")', isLikeOthers: true },
  { name: 'administration, loading', as: OPERATOR, path: () => '/administration', shows: on('Administrative events', LOADING), answers: waiting('AdministrativeEvents'), isLikeOthers: true },
  { name: 'administration, failed', as: OPERATOR, path: () => '/administration', shows: on('Administrative events', FAILED), answers: failing('AdministrativeEvents'), isLikeOthers: true },

  { name: 'invitation', as: null, path: invitation('open'), shows: 'main button' },
  { name: 'invitation, unknown', as: null, path: () => `/invitation#${'x'.repeat(43)}`, shows: 'main :text("No invitation found")' },
  { name: 'invitation, expired', as: null, path: invitation('expired'), shows: 'main :text("expired")' },
  { name: 'invitation, replaced', as: null, path: invitation('replaced'), shows: 'main :text("newer message")' },
  { name: 'invitation, revoked', as: null, path: invitation('revoked'), shows: 'main :text("revoked")' },
  { name: 'invitation, declined', as: null, path: invitation('declined'), shows: 'main :text("declined")' },
  { name: 'invitation, accepted', as: null, path: invitation('accepted'), shows: 'main :text("Account Central")' },
  { name: 'invitation, another account', as: null, path: invitation('open'), shows: 'main button', does: usesAnotherAccount },
  { name: 'invitation, loading', as: null, path: invitation('open'), shows: on('Invitation', LOADING), answers: waiting('InvitationPreview'), isLikeOthers: true },
  { name: 'invitation, failed', as: null, path: invitation('open'), shows: on('Invitation', FAILED), answers: failing('InvitationPreview'), isLikeOthers: true },
  { name: 'api', as: null, path: () => '/api', shows: '.graphiql-execute-button', does: coloured },
  { name: 'outbox', as: null, path: () => '/dev/outbox', shows: 'h1' },
];
