import type { FastifyInstance } from 'fastify';
import { INVITATION_SCRIPT } from './invitationScript';

const STYLE = `:root { color-scheme: light dark; --ink: #1b1d22; --paper: #ffffff; --quiet: #4a4f5a; --accent: #1a56b0; --on-accent: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef2; --paper: #16181d; --quiet: #b6bcc8; --accent: #8ab4f8; --on-accent: #10131a; } }
body { margin: 0; padding: 32px 16px; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 560px; margin: 0 auto; }
h1 { font-size: 24px; line-height: 1.3; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
label { display: block; margin-bottom: 4px; }
input { box-sizing: border-box; width: 100%; padding: 10px; font: inherit; }
button { margin-top: 12px; padding: 10px 18px; border: 0; border-radius: 6px; background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none; }
`;

/** Only in development may anybody be anybody. */
const DEVELOPMENT_FORM = `<form id="accept-form" hidden>
<h2>Accept in development mode</h2>
<p>Here anybody may sign in as anybody. Elsewhere the person signs in as usual.</p>
<label for="keap-id">Keap ID to sign in as</label>
<input id="keap-id" type="email" autocomplete="off" required>
<button type="submit">Accept the invitation</button>
</form>
`;

/**
 * Where the link of an invitation's message leads. The page is the same for every link: what stands behind its # never
 * reaches the server by itself; the page asks for the preview with it, and changes nothing by being opened.
 */
function invitationPage(development: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Invitation</title>
<link rel="stylesheet" href="invitation.css">
<script src="invitation.js" defer></script>
</head>
<body>
<main>
<h1 id="title">Invitation</h1>
<p id="message" role="status">The invitation is being looked up.</p>
<noscript><p>This page needs JavaScript to read the link. You can also sign in and find the invitation there.</p></noscript>
<div id="facts" hidden>
<dl>
<dt>From</dt><dd id="inviter"></dd>
<dt>To</dt><dd id="account"></dd>
<dt>For</dt><dd id="recipient"></dd>
<dt>As</dt><dd id="as"></dd>
<dt>Valid until</dt><dd><time id="until"></time></dd>
</dl>
<h2>How to accept</h2>
<p>Sign in as <strong id="sign-in"></strong>. The invitation stands in your Account Central, where you accept or decline it. Looking at this page changes nothing.</p>
</div>
${development ? DEVELOPMENT_FORM : ''}</main>
</body>
</html>
`;
}

/** `GET /invitation` with its script and style. Everything comes from this server, so that its general policy for content fits. */
export function addInvitationPage(app: FastifyInstance, development: boolean): void {
  const page = invitationPage(development);
  app.get('/invitation', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  app.get('/invitation.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
  app.get('/invitation.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(INVITATION_SCRIPT));
}
