import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { type Problem, sendProblem } from '../errorReplies';
import { addConsole, addConsoleOff, type ConsoleSignIn } from './console';

/** A person of the demonstration, as whom a developer signs in with one click. */
interface DemoPerson {
  readonly keapId: string;
  readonly name: string;
  /** What the person is in the demonstration, in a few words. */
  readonly part: string;
  readonly scopes: readonly string[];
}

export interface PagesOptions {
  /** Directory of the built pages, with an `assets` folder inside. */
  readonly directory: string;
  readonly development: boolean;
  /** When false, the page for front-end teams and the schema are not served, as the API does not tell its schema either. */
  readonly introspection: boolean;
  /** Text of `GET /schema.graphql`. */
  readonly schemaText: string;
  readonly demoPeople: readonly DemoPerson[];
  /** How the console signs people in outside development mode; null when it is off there. */
  readonly signIn: ConsoleSignIn | null;
}

/** GraphiQL's editor adds style elements while it runs; scripts and every address stay this server's own. */
const EDITOR_POLICY = [
  'default-src \'self\'', 'style-src \'self\' \'unsafe-inline\'', 'img-src \'self\' data:', 'font-src \'self\' data:',
  'base-uri \'none\'', 'form-action \'self\'', 'frame-ancestors \'none\'', 'object-src \'none\'',
].join('; ');

const isBuilt = (directory: string): boolean => existsSync(join(directory, 'assets'));

/** Whether the console is served. Otherwise there is no page to sign in. */
export const hasConsole = ({ directory, development, signIn }: Pick<PagesOptions, 'directory' | 'development' | 'signIn'>): boolean => isBuilt(directory) && (development || signIn !== null);

/**
 * Adds the console, the page for front-end teams, their assets, the schema as text, and what the pages need to know to sign somebody in.
 * Built assets have content-hashed names, so browsers keep them for a year; they are sent compressed as they were built.
 */
export async function addPages(app: FastifyInstance, options: PagesOptions): Promise<void> {
  const { directory, development, introspection, demoPeople, signIn } = options;
  const built = isBuilt(directory);
  if (built) {
    await app.register(fastifyStatic, { root: join(directory, 'assets'), prefix: '/assets/', preCompressed: true, immutable: true, maxAge: '1y', index: false, dotfiles: 'deny' });
    if (hasConsole(options)) addConsole(app, { directory, signIn });
    else addConsoleOff(app, directory);
  } else {
    app.get('/', (request, reply) => sendProblem(request, reply, NOT_BUILT));
  }
  app.get('/console/config.json', () => ({
    development,
    introspection,
    signIn,
    demoPeople: development ? demoPeople.map(({ keapId, name, part, scopes }) => ({ keapId, name, part, scope: scopes.join(' ') })) : [],
  }));
  if (!introspection) return;
  app.get('/api', (request, reply) =>
    built ? reply.header('content-security-policy', EDITOR_POLICY).sendFile('api.html', directory, { cacheControl: false }) : sendProblem(request, reply, NOT_BUILT));
  app.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(options.schemaText));
}

const NOT_BUILT: Problem = { status: 503, code: 'NOT_FOUND', message: 'The pages have not been built. Run `npm run build`, then start the service again.' };
