import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptedLanguage, type Language, LANGUAGES, textsIn } from '../../application/delivery/messages/languages';
import { COLOUR_VARIABLES, FONT } from '../../application/delivery/messages/look';
import { escapeHtml } from '../../application/delivery/messages/message';
import type { InvitationPageTexts, Texts } from '../../application/delivery/messages/texts';

/**
 * Script of the invitation page, which runs in a browser. It inserts everything as text, never as HTML, and sends the
 * token only in the body of requests.
 */
const scriptIn = (texts: InvitationPageTexts): string => `'use strict';
(() => {
  const texts = ${JSON.stringify(texts)};
  const filled = (text, values) => text.replace(/\\{(\\w+)\\}/g, (_, name) => values[name]);
  const byId = (id) => document.getElementById(id);
  const say = (text) => { byId('message').textContent = text; };
  const token = location.hash.slice(1);

  const ask = async (query, variables) => {
    const headers = { 'content-type': 'application/json', 'x-client-name': 'invitation page' };
    const response = await fetch('graphql', { method: 'POST', headers, credentials: 'omit', body: JSON.stringify({ query, variables }) });
    if (response.status === 429) throw new Error(texts.tooMany);
    const body = await response.json();
    if (body.errors) throw new Error(body.errors[0].message);
    return body.data;
  };

  const show = (invitation) => {
    if (!invitation) return say(texts.notFound);
    if (invitation.superseded || invitation.status !== 'OPEN') return say(texts.ended[invitation.status]);
    document.title = filled(texts.titleFor, { app: invitation.accountName });
    byId('title').textContent = document.title;
    byId('inviter').textContent = invitation.invitedBy;
    byId('account').textContent = invitation.accountName;
    byId('recipient').textContent = invitation.maskedKeapId;
    byId('as').textContent = filled(texts.withRole, { kind: texts.kinds[invitation.kind], role: texts.roles[invitation.role] });
    byId('until').dateTime = invitation.expiresAt;
    byId('until').textContent = new Date(invitation.expiresAt).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'long' });
    byId('sign-in').textContent = invitation.maskedKeapId;
    byId('facts').hidden = false;
    say(filled(texts.invites, { inviter: invitation.invitedBy || texts.somebody, app: invitation.accountName }));
  };

  const lookUp = async () => {
    if (token === '') return say(texts.incomplete);
    const { invitation } = await ask('query ($token: String!) { invitation(token: $token) { status superseded accountName role kind invitedBy maskedKeapId expiresAt } }', { token });
    show(invitation);
  };

  const orSay = (work) => work().catch((error) => say(error instanceof TypeError ? texts.unreachable : error.message));
  addEventListener('hashchange', () => location.reload());
  orSay(lookUp);
})();
`;

const STYLE = `${COLOUR_VARIABLES}
body { margin: 0; padding: 32px 16px; background: var(--paper); color: var(--ink); font: 16px/1.5 ${FONT}; }
main { max-width: 560px; margin: 0 auto; }
h1 { font-size: 24px; line-height: 1.3; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none; }
`;

/**
 * The page that invitation links lead to while the console is off. It is the same for every link, since browsers do not send the fragment with the
 * token; its script reads the token and queries the invitation. Opening the page changes nothing.
 */
function pageIn({ language, invitationPage: texts }: Texts): string {
  const [beforeKeapId = '', afterKeapId = ''] = texts.signIn.split('{keapId}').map(escapeHtml);
  const label = (name: keyof InvitationPageTexts['labels']): string => escapeHtml(texts.labels[name]);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(texts.title)}</title>
<link rel="stylesheet" href="invitation.css">
<script src="invitation.js" defer></script>
</head>
<body>
<main>
<h1 id="title">${escapeHtml(texts.title)}</h1>
<p id="message" role="status">${escapeHtml(texts.loading)}</p>
<noscript><p>${escapeHtml(texts.needsScript)}</p></noscript>
<div id="facts" hidden>
<dl>
<dt>${label('from')}</dt><dd id="inviter"></dd>
<dt>${label('to')}</dt><dd id="account"></dd>
<dt>${label('for')}</dt><dd id="recipient"></dd>
<dt>${label('as')}</dt><dd id="as"></dd>
<dt>${label('until')}</dt><dd><time id="until"></time></dd>
</dl>
<h2>${label('howToAccept')}</h2>
<p>${beforeKeapId}<strong id="sign-in"></strong>${afterKeapId}</p>
</div>
</main>
</body>
</html>
`;
}

/** Adds `GET /invitation` with its script and style sheet, as separate files, so that the server's content security policy applies. The browser's language decides that of the page; `language` is for browsers that accept none in which there are texts. */
export function addInvitationPage(app: FastifyInstance, language: Language): void {
  const pages = new Map(LANGUAGES.map((one) => [one, { html: pageIn(textsIn(one)), script: scriptIn(textsIn(one).invitationPage) }]));
  const inLanguageOf = (request: FastifyRequest, reply: FastifyReply, type: string, part: 'html' | 'script'): FastifyReply => {
    const one = acceptedLanguage(request.headers['accept-language'] ?? '') ?? language;
    return reply.header('content-language', one).header('vary', 'accept-language').type(`${type}; charset=utf-8`).send(pages.get(one)?.[part]);
  };
  app.get('/invitation', (request, reply) => inLanguageOf(request, reply, 'text/html', 'html'));
  app.get('/invitation.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/invitation.js', (request, reply) => inLanguageOf(request, reply, 'text/javascript', 'script'));
}
