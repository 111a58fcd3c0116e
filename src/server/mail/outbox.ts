import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLOUR_VARIABLES, FONT } from '../../application/delivery/messages/look';
import { escapeHtml } from '../../application/delivery/messages/message';
import type { MailTransport, OutgoingMail } from '../../application/delivery/mail';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendProblem } from '../errorReplies';

/** A message in the outbox. */
export interface OutboxMail extends OutgoingMail {
  /** Name of its file without `.json`. */
  readonly id: string;
  /** When it was written; ISO 8601 in UTC. */
  readonly at: string;
}

const MAX_MESSAGES = 1_000;
/** So many more may be there before the oldest are deleted, because listing the directory takes longer than writing a message. */
const SURPLUS = 100;
const ID = /^\d{8}T\d{9}Z-[0-9a-f]{12}$/;

/**
 * Writes messages to a directory instead of sending them. Each is a JSON file that only its owner can read, since it
 * contains an invitation link. When there are more than 1,100, the oldest are deleted, so that 1,000 are left.
 */
export class Outbox implements MailTransport {
  #trimmed: Promise<void> = Promise.resolve();
  /** Number of messages; unknown before the first one. */
  #count = Infinity;

  constructor(private readonly directory: string) {}

  async send({ to, subject, text, html, messageId }: OutgoingMail): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const at = new Date().toISOString();
    const id = `${at.replace(/[-:.]/g, '')}-${randomBytes(6).toString('hex')}`;
    const draft = join(this.directory, `${id}.draft`);
    await writeFile(draft, `${JSON.stringify({ to, subject, messageId, at, text, html }, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, join(this.directory, `${id}.json`));
    this.#count += 1;
    if (this.#count > MAX_MESSAGES + SURPLUS) this.#trimmed = this.#trimmed.then(() => this.#trim());
    await this.#trimmed;
  }

  /** A directory needs no check: an error of it is an internal one. */
  async check(): Promise<void> {
    await this.#trimmed;
  }

  /** The newest messages, oldest first. */
  async messages(limit: number): Promise<readonly OutboxMail[]> {
    const found = await Promise.all((await this.#ids()).slice(-limit).map((id) => this.message(id)));
    return found.filter((mail) => mail !== undefined);
  }

  /** The message with that id; undefined when there is none, or its file cannot be read. */
  async message(id: string): Promise<OutboxMail | undefined> {
    if (!ID.test(id)) return undefined;
    try {
      const mail = JSON.parse(await readFile(join(this.directory, `${id}.json`), 'utf8')) as OutgoingMail & { readonly at: string };
      return { ...mail, id };
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#trimmed;
  }

  async #trim(): Promise<void> {
    const ids = await this.#ids();
    this.#count = Math.min(ids.length, MAX_MESSAGES);
    await Promise.all(ids.slice(0, -MAX_MESSAGES).map((id) => rm(join(this.directory, `${id}.json`), { force: true, recursive: true })));
  }

  /** Ids of all messages, oldest first. */
  async #ids(): Promise<readonly string[]> {
    try {
      return (await readdir(this.directory)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)).filter((id) => ID.test(id)).sort();
    } catch {
      return [];
    }
  }
}

const ON_THE_PAGE = 50;
const IN_JSON = 1_000;

/** The page loads and runs nothing; its styles are inline. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A message is shown in a frame of the page, sandboxed with an opaque origin. */
const MESSAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/** Adds `GET /dev/outbox`, which shows the unsent messages as HTML or JSON. For development only. */
export function addOutboxRoutes(app: FastifyInstance, outbox: Outbox): void {
  app.get('/dev/outbox', async (request, reply) => {
    if (request.headers.accept?.includes('application/json') === true) {
      const mails = await outbox.messages(IN_JSON);
      return reply.send(mails.map(({ to, subject, text, html, messageId }) => ({ to, subject, text, html, messageId })));
    }
    return sendPage(reply.header('content-security-policy', PAGE_POLICY), pageOf([...(await outbox.messages(ON_THE_PAGE))].reverse()));
  });
  app.get<{ Params: { id: string } }>('/dev/outbox/:id', async (request, reply) => {
    const mail = await outbox.message(request.params.id);
    if (!mail) return sendProblem(request, reply, { status: 404, code: 'NOT_FOUND', message: 'The outbox has no message with that id.' });
    const withTarget = mail.html.replace('<head>', '<head>\n<base target="_blank">');
    return sendPage(reply.header('content-security-policy', MESSAGE_POLICY).header('x-frame-options', 'SAMEORIGIN'), withTarget);
  });
}

const sendPage = (reply: FastifyReply, html: string): FastifyReply => reply.type('text/html; charset=utf-8').send(html);

function pageOf(mails: readonly OutboxMail[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Outbox</title>
<style>
${COLOUR_VARIABLES}
body { margin: 0 auto; max-width: 720px; padding: 24px 16px; background: var(--paper); color: var(--ink); font: 16px/1.5 ${FONT}; }
h1 { margin: 0; font-size: 26px; line-height: 1.3; }
h2 { margin: 0 0 12px; font-size: 20px; line-height: 1.35; overflow-wrap: anywhere; }
a { color: var(--accent); }
article { margin-top: 24px; padding: 16px; border: 1px solid var(--line); border-radius: 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px; margin: 0 0 12px; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { box-sizing: border-box; width: 100%; height: 620px; border: 1px solid var(--line); border-radius: 8px; }
summary { cursor: pointer; }
pre { padding: 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); white-space: pre-wrap; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>Outbox</h1>
<p>${mails.length === 0 ? 'There are no messages yet. Invite somebody to see one.' : `Messages that were not sent, newest first. At most ${ON_THE_PAGE} are shown.`}</p>
${mails.map(articleOf).join('')}</main>
</body>
</html>
`;
}

const articleOf = ({ id, to, subject, text, messageId, at }: OutboxMail): string => `<article>
<h2>${escapeHtml(subject)}</h2>
<dl><dt>To</dt><dd>${escapeHtml(to)}</dd><dt>Written</dt><dd><time datetime="${escapeHtml(at)}">${escapeHtml(at)}</time></dd><dt>Message-ID</dt><dd>${escapeHtml(messageId)}</dd></dl>
<iframe src="outbox/${id}" title="Message to ${escapeHtml(to)}" loading="lazy"></iframe>
<p><a href="outbox/${id}">Open this message</a></p>
<details><summary>As text</summary><pre>${escapeHtml(text)}</pre></details>
</article>
`;
