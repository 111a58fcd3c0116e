import type { FastifyInstance, FastifyReply } from 'fastify';
import { escapedHtml } from './escapedHtml';
import type { Outbox, OutboxMail } from './outbox';
import { sendProblem } from './errorReplies';

const ON_THE_PAGE = 50;
const IN_JSON = 1_000;

/** Nothing is loaded or run; styles stand in the pages themselves. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** A message is shown within the page, and treated as coming from nowhere. */
const MESSAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/** `GET /dev/outbox`: the messages that would have been sent, as pages or as JSON. For development only. */
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
    if (!mail) return sendProblem(request, reply, { status: 404, code: 'NOT_FOUND', message: 'There is no such message in the outbox.' });
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
<title>Outbox</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 720px; margin: 0 auto; padding: 24px 16px; }
article { border-top: 1px solid; padding: 16px 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px; margin: 0 0 12px; }
dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 420px; border: 1px solid; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>Outbox</h1>
<p>${mails.length === 0 ? 'There is no message yet. Invite somebody.' : `Messages that would have been sent, the newest first; at most ${ON_THE_PAGE} are shown.`}</p>
${mails.map(articleOf).join('')}</main>
</body>
</html>
`;
}

const articleOf = ({ id, to, subject, text, messageId, at }: OutboxMail): string => `<article>
<h2>${escapedHtml(subject)}</h2>
<dl><dt>To</dt><dd>${escapedHtml(to)}</dd><dt>Written</dt><dd><time datetime="${escapedHtml(at)}">${escapedHtml(at)}</time></dd><dt>Message-ID</dt><dd>${escapedHtml(messageId)}</dd></dl>
<iframe src="outbox/${id}" title="Message to ${escapedHtml(to)}" loading="lazy"></iframe>
<p><a href="outbox/${id}">The message alone</a></p>
<details><summary>As text</summary><pre>${escapedHtml(text)}</pre></details>
</article>
`;
