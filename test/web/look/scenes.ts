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
  /** Whether most of the page is somebody else's. */
  readonly isForeign?: boolean;
}

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

const LOADING = '[aria-busy="true"]';
const FAILED = '[role="alert"] button';
const h1 = (title: string): string => `h1:has-text("${title}")`;
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

  { name: 'access', as: OWNER, path: () => `/access${APP}`, shows: '[data-period="uma@keap.example"]' },
  { name: 'access, empty', as: OWNER, path: () => `/access${APP}&from=2001-01-01&to=2001-01-02`, shows: 'main :text("Nobody had access")' },
  { name: 'access, failed', as: OWNER, path: () => `/access${APP}`, shows: FAILED, answers: failing('AccessPeriods') },

  { name: 'reviews', as: OWNER, path: () => `/reviews${APP}`, shows: 'main li' },
  { name: 'reviews, empty', as: 'owner@big.example', path: () => '/reviews?app=big', shows: 'main :text("no access review")' },
  { name: 'reviews, start', as: AGENCY, path: () => `/reviews${APP}`, shows: 'main li', does: opensDialog('Start review') },
  { name: 'review', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: `[data-user="${COACH}"]` },
  { name: 'review, selected', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: `[data-user="${COACH}"]`, does: selects },
  { name: 'review, finished', as: OWNER, path: ({ reviews }) => `/reviews/${reviews.finished}`, shows: `[data-user="${COACH}"]` },
  { name: 'review, no right', as: COACH, path: ({ reviews }) => `/reviews/${reviews.open}`, shows: 'h1' },

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
  { name: 'operators, no right', as: COACH, path: () => '/operators', shows: 'h1:has-text("not")' },
  { name: 'operators, register', as: OPERATOR, path: () => '/operators', shows: 'main li', does: opensDialog('Register an app') },
  { name: 'operators, app', as: OPERATOR, path: () => '/operators/apps/gx624', shows: 'main form' },
  { name: 'operators, health', as: OPERATOR, path: () => '/operators/health', shows: '[data-projection]', varies: 'section dd, [data-projection] td' },
  { name: 'webhooks', as: OPERATOR, path: () => '/webhooks', shows: '[data-webhook="https://audit.example/events"]' },
  { name: 'webhooks, register', as: OPERATOR, path: () => '/webhooks', shows: '[data-webhook="https://audit.example/events"]', does: opensDialog('Register a webhook') },

  { name: 'administration', as: OPERATOR, path: () => '/administration', shows: '[role="listitem"], main ol li' },
  { name: 'administration, no right', as: COACH, path: () => '/administration', shows: 'h1:has-text("not")' },

  { name: 'invitation', as: null, path: invitation('open'), shows: 'main button' },
  { name: 'invitation, unknown', as: null, path: () => `/invitation#${'x'.repeat(43)}`, shows: 'main :text("No invitation found")' },
  { name: 'invitation, expired', as: null, path: invitation('expired'), shows: 'main :text("expired")' },
  { name: 'invitation, replaced', as: null, path: invitation('replaced'), shows: 'main :text("newer message")' },
  { name: 'invitation, revoked', as: null, path: invitation('revoked'), shows: 'main :text("revoked")' },
  { name: 'invitation, declined', as: null, path: invitation('declined'), shows: 'main :text("declined")' },
  { name: 'invitation, accepted', as: null, path: invitation('accepted'), shows: 'main :text("Account Central")' },
  { name: 'invitation, another account', as: null, path: invitation('open'), shows: 'main button', does: usesAnotherAccount },
  { name: 'api', as: null, path: () => '/api', shows: '.graphiql-execute-button', isForeign: true },
  { name: 'outbox', as: null, path: () => '/dev/outbox', shows: 'h1' },
];
