// Passes a mail that came to a bounce address on to the service: node reportMail.mjs URL ADDRESS < MAIL
// MAIL_WEBHOOK_SECRET signs it. Exit code 75, for a failure, makes mail systems try again later.
import { createHmac, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';

const TRY_AGAIN = 75;
/** A delivery report stands at the beginning of its mail; the returned message after it is not needed. */
const MAX_CHARACTERS = 12_000;
const MAX_BYTES = 16 * 1024;

const [url, to] = process.argv.slice(2);
const secret = Buffer.from((process.env.MAIL_WEBHOOK_SECRET ?? '').replace(/^whsec_/, ''), 'base64');
if (url === undefined || to === undefined || secret.length === 0) {
  console.error('Usage: MAIL_WEBHOOK_SECRET=whsec_… node reportMail.mjs URL ADDRESS < MAIL');
  process.exit(2);
}

const mail = await text(process.stdin);
const bodyOf = (length) => JSON.stringify({ type: 'mail.received', timestamp: new Date().toISOString(), data: { to, message: mail.slice(0, length) } });
let length = MAX_CHARACTERS;
while (Buffer.byteLength(bodyOf(length)) > MAX_BYTES) length = Math.floor(length / 2);
const [id, timestamp, body] = [randomUUID(), Math.floor(Date.now() / 1000), bodyOf(length)];
const signature = `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
try {
  const headers = { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
  const { status } = await fetch(new URL('webhooks/mail-bounce', url.endsWith('/') ? url : `${url}/`), { method: 'POST', headers, body });
  if (status !== 204) throw new Error(`The service answered ${status}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = TRY_AGAIN;
}
