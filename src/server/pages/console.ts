import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Problem, sendProblem } from '../errorReplies';

/** How the console signs people in at the OpenID provider. It holds no secret. */
export interface ConsoleSignIn {
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
  readonly scope: string;
  readonly resource: string | null;
}

interface ConsoleOptions {
  /** Directory of the built pages. */
  readonly directory: string;
  readonly signIn: ConsoleSignIn | null;
}

/** Addresses of the console's pages. The same document is served for all of them; its script shows the page of the address. */
const CONSOLE_PAGES = ['', 'users', 'account-central', 'history', 'access', 'administration', 'reviews', 'verify', 'webhooks', 'operators'];

/** Where links in invitations lead. With the console off, there is another page (mail/invitationPage.ts). */
const INVITATION = 'invitation';

/** Where the OpenID provider sends the browser back to. It is also opened in a hidden frame, in which a sign-in is renewed. */
const SIGNED_IN = 'signed-in';

/** The document's places for what differs between requests. */
const NONCE = 'CSP_NONCE';
const ASSETS = './assets/';

/**
 * Adds the pages of the console. They work below any path, without the server knowing it: the addresses in the document are relative to the
 * page that was asked for. A nonce admits the style elements that the component library adds while it runs; scripts are the server's own files.
 */
export function addConsole(app: FastifyInstance, { directory, signIn }: ConsoleOptions): void {
  const document = readFileSync(join(directory, 'console.html'), 'utf8');
  const provider = signIn === null ? '' : ` ${new URL(signIn.issuer).origin}`;
  const policy = (nonce: string, framedBy: string): string => [
    'default-src \'self\'', 'script-src \'self\'', `style-src 'self' 'nonce-${nonce}'`, 'img-src \'self\' data:', `connect-src 'self'${provider}`,
    `frame-src 'self'${provider}`, `frame-ancestors ${framedBy}`, 'base-uri \'none\'', 'form-action \'self\'', 'object-src \'none\'',
  ].join('; ');
  const add = (path: string, framedBy: string): void => {
    app.get(path, (request, reply) => {
      const nonce = randomBytes(16).toString('base64');
      const [pathname = ''] = request.url.split('?', 1);
      // A request for `*` reaches the first page too, and has no path.
      const up = '../'.repeat(Math.max(0, pathname.split('/').length - 2));
      return reply
        .header('content-security-policy', policy(nonce, framedBy))
        .type('text/html; charset=utf-8')
        .send(document.replaceAll(NONCE, nonce).replaceAll(ASSETS, `${up}assets/`));
    });
  };
  for (const page of CONSOLE_PAGES) {
    add(`/${page}`, '\'none\'');
    if (page !== '') add(`/${page}/*`, '\'none\'');
  }
  add(`/${INVITATION}`, '\'none\'');
  add(`/${SIGNED_IN}`, '\'self\'');
}

/** Says at the console's addresses that the console is off, and how to turn it on. */
export function addConsoleOff(app: FastifyInstance, directory: string): void {
  app.get('/', (_request, reply) => reply.sendFile('consoleOff.html', directory, { cacheControl: false }));
  for (const page of CONSOLE_PAGES) {
    if (page !== '') app.get(`/${page}`, (request, reply) => sendProblem(request, reply, CONSOLE_OFF));
  }
}

const CONSOLE_OFF: Problem = { status: 404, code: 'NOT_FOUND', message: 'The console is off, because CONSOLE_CLIENT_ID is not set. Set it to the console\'s client at the OpenID provider of AUTH_ISSUER, then start the service again.' };
