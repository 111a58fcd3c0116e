// Sends invitations through a real Postfix and prints what became of them. It is no part of CI, since it needs root and Debian's
// package: apt-get install postfix && npm run build && node scripts/realMailServer.mjs
// Postfix gets configuration, queue and mailboxes of its own in a temporary directory; the one of the machine is left alone.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
/** What a delivery program ends with when there is no such mailbox (EX_NOUSER). */
const NO_SUCH_USER = 67;
/** A host that the service does not take for its own machine, and that yet leads there. */
const ELSEWHERE = '0.0.0.0';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const ROOT = join(import.meta.dirname, '..');

if (!existsSync('/usr/sbin/postfix')) {
  console.error('Postfix is not installed. Install it with: apt-get install postfix');
  process.exit(2);
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => { resolve(port); });
  });
});

const directory = mkdtempSync(join(tmpdir(), 'real-mail-server-'));
chmodSync(directory, 0o755);
const [smtpPort, httpPort] = [await freePort(), await freePort()];
const [userId, groupId] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postfix'], { encoding: 'utf8' })));

/** Starts Postfix. It knows the mailbox paula@coach.example, takes mail to later.example and returns it, and passes on what comes to bounces.example. */
function startPostfix() {
  const folder = (name, owner = 0) => {
    const path = join(directory, name);
    mkdirSync(path);
    chownSync(path, owner === 0 ? 0 : userId, owner === 0 ? 0 : groupId);
    return path;
  };
  const [config, queue, data, mailboxes] = [folder('etc'), folder('queue'), folder('data', 1), folder('mailboxes', 1)];
  execFileSync('/usr/bin/openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=mx.example', '-addext', `subjectAltName=IP:${ELSEWHERE}`, '-keyout', join(config, 'key.pem'), '-out', join(config, 'cert.pem')], { stdio: 'ignore' });
  const script = join(directory, 'report.sh');
  writeFileSync(script, `#!/bin/sh\nMAIL_WEBHOOK_SECRET='${WEBHOOK_SECRET}' exec '${process.execPath}' '${join(directory, 'reportMail.mjs')}' 'http://127.0.0.1:${httpPort}' "$1"\n`, { mode: 0o755 });
  const gone = join(directory, 'gone.sh');
  writeFileSync(gone, `#!/bin/sh\ncat >/dev/null\nexit ${NO_SUCH_USER}\n`, { mode: 0o755 });
  cpSync(join(ROOT, 'scripts', 'reportMail.mjs'), join(directory, 'reportMail.mjs'));
  writeFileSync(join(config, 'main.cf'), `
compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
mail_owner = postfix
setgid_group = postdrop
maillog_file = ${join(directory, 'mail.log')}
maillog_file_prefixes = ${directory}
myhostname = mx.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
mydestination =
alias_maps =
local_recipient_maps =
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${join(config, 'cert.pem')}
smtpd_tls_key_file = ${join(config, 'key.pem')}
virtual_mailbox_domains = coach.example
virtual_mailbox_base = ${mailboxes}
virtual_mailbox_maps = inline:{ paula@coach.example=paula/ }
virtual_uid_maps = static:${userId}
virtual_gid_maps = static:${groupId}
virtual_minimum_uid = 1
relay_domains = later.example bounces.example
transport_maps = inline:{ {later.example = gone:}, {bounces.example = report:} }
smtpd_recipient_restrictions = permit_mynetworks, reject
report_destination_recipient_limit = 1
`);
  const services = readFileSync('/etc/postfix/master.cf', 'utf8').replace(/^smtp\s+inet.*$/m, `127.0.0.1:${smtpPort} inet n - n - - smtpd`).replace(/^(\S+\s+\S+\s+\S+\s+\S+\s+)y/gm, '$1n');
  writeFileSync(join(config, 'master.cf'), `${services}\nreport unix - n n - - pipe\n  user=nobody argv=${script} \${original_recipient}\ngone unix - n n - - pipe\n  user=nobody argv=${gone}\n`);
  execFileSync('/usr/sbin/postfix', ['-c', config, 'start'], { stdio: 'ignore' });
  return { config, mailboxes };
}

function startService(env) {
  const child = spawn(process.execPath, [join(ROOT, 'dist/main.js')], {
    env: {
      PATH: process.env.PATH, PORT: String(httpPort), DATA_DIR: mkdtempSync(join(directory, 'data-')), LOG_LEVEL: 'warn', INVITATIONS_PER_RECIPIENT_PER_DAY: '0', MAIL_RETRY_SECONDS: '1',
      MAIL_FROM: 'Partner access <no-reply@partners.example>', MAIL_WEBHOOK_SECRET: WEBHOOK_SECRET, MAIL_BOUNCE_ADDRESS: 'bounces+{token}@bounces.example', ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return child;
}

const until = async (what, condition) => {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await condition().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await pause(200);
  }
};

const base = `http://127.0.0.1:${httpPort}`;
async function ask(token, query, variables) {
  const response = await fetch(`${base}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
const signIn = async (keapId, scope) => (await (await fetch(`${base}/dev/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ keapId, ...(scope ? { scope } : {}) }) })).json()).token;

/** Invites an address, and returns what became of the message once that is settled. */
async function deliveryTo(keapId, isSettled) {
  const appId = `app-${Math.random().toString(36).slice(2, 10)}`;
  const [operator, owner] = [await signIn('operator@example.com', 'operator'), await signIn('owner@example.com')];
  await ask(operator, 'mutation ($input: RegisterAppInput!) { registerApp(input: $input) { __typename ... on UserError { message } } }', { input: { appId, name: '=?utf-8?Q?Bank?= www.evil.example', licences: 5, ownerKeapId: 'owner@example.com' } });
  await ask(owner, 'mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename ... on UserError { message } } }', { input: { appId, keapId, role: 'STANDARD' } });
  return until(`the delivery to ${keapId}`, async () => {
    const { app } = await ask(owner, 'query ($appId: ID!) { app(appId: $appId) { users(filter: { statuses: [INVITED] }) { nodes { invitation { delivery deliveryProblem } } } } }', { appId });
    const [user] = app.users.nodes;
    return isSettled(user.invitation) ? user.invitation : undefined;
  });
}

const isOver = ({ delivery }) => delivery !== 'PENDING';
const isWaiting = ({ delivery }) => delivery === 'PENDING';
const hasFailed = ({ delivery }) => delivery === 'FAILED';
/** What happens in a case: the settings of Postfix, the address, and what to wait for. */
const CASES = [
  ['a mailbox that exists', {}, 'paula@coach.example', isOver],
  ['no such mailbox', {}, 'nobody@coach.example', isOver],
  ['a mailbox that turns out not to exist after the message was accepted', {}, 'gone@later.example', hasFailed],
  ['an international mailbox', {}, 'jürgen@later.example', hasFailed],
  ['an international mailbox, without SMTPUTF8', { smtputf8: 'no' }, 'jürgen@later.example', isOver],
  ['an international domain, without SMTPUTF8', { smtputf8: 'no' }, 'paula@münchen.example', isOver],
];

let service;
let postfix;
try {
  postfix = startPostfix();
  const set = (smtputf8, tls = 'may') => {
    execFileSync('/usr/sbin/postconf', ['-c', postfix.config, '-e', `smtputf8_enable = ${smtputf8}`, `smtpd_tls_security_level = ${tls}`]);
    execFileSync('/usr/sbin/postfix', ['-c', postfix.config, 'reload'], { stdio: 'ignore' });
  };
  const begin = async (smtpUrl, env = {}) => {
    service?.kill();
    await until('the end of the service before', async () => !(await fetch(`${base}/health/live`).then(() => true, () => false)));
    service = startService({ SMTP_URL: smtpUrl, ...env });
    await until('the service', async () => (await fetch(`${base}/health/ready`)).ok);
  };
  await begin(`smtp://127.0.0.1:${smtpPort}`);
  for (const [name, { smtputf8 = 'yes' }, keapId, isSettled] of CASES) {
    set(smtputf8);
    console.log(`${name}: ${JSON.stringify(await deliveryTo(keapId, isSettled))}`);
  }
  const trusting = { NODE_EXTRA_CA_CERTS: join(postfix.config, 'cert.pem') };
  await begin(`smtp://${ELSEWHERE}:${smtpPort}`, trusting);
  console.log(`a mail server on another machine, with a certificate that is trusted: ${JSON.stringify(await deliveryTo('paula@coach.example', isOver))}`);
  const refusal = async () => {
    const delivery = await deliveryTo('paula@coach.example', isWaiting);
    return until('the refusal', async () => {
      const { mail } = await (await fetch(`${base}/health/ready`)).json();
      return mail === undefined ? undefined : `${JSON.stringify(delivery)}, ready says ${JSON.stringify(mail)}`;
    });
  };
  await begin(`smtp://${ELSEWHERE}:${smtpPort}`);
  console.log(`… with a certificate that is not trusted: ${await refusal()}`);
  set('yes', 'none');
  await begin(`smtp://${ELSEWHERE}:${smtpPort}`, trusting);
  console.log(`… without STARTTLS: ${await refusal()}`);
  await begin(`smtp://${ELSEWHERE}:${smtpPort}?tls=none`);
  console.log(`… without STARTTLS, with ?tls=none: ${JSON.stringify(await deliveryTo('paula@coach.example', isOver))}`);
  const arrived = join(postfix.mailboxes, 'paula', 'new');
  const [mail] = readdirSync(arrived).map((file) => readFileSync(join(arrived, file), 'utf8'));
  console.log(`the mail that arrived:\n${mail.split('\n').filter((line) => /^(?:Return-Path|From|To|Subject|Auto-Submitted|Message-ID| =\?|Received.*TLS)/i.test(line)).join('\n')}`);
} catch (error) {
  console.error(error);
  console.error(existsSync(join(directory, 'mail.log')) ? readFileSync(join(directory, 'mail.log'), 'utf8') : '');
  process.exitCode = 1;
} finally {
  service?.kill();
  if (postfix) execFileSync('/usr/sbin/postfix', ['-c', postfix.config, 'stop'], { stdio: 'ignore' });
  if (process.env.KEEP === undefined) rmSync(directory, { recursive: true, force: true });
  else console.log(`kept: ${directory}`);
}
