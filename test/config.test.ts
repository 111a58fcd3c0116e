import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ConfigError, parseConfig, type Config } from '../src/config';

const SECRET = 'a-secret-of-at-least-thirty-two-bytes';
const KEY = Buffer.alloc(32, 7).toString('base64');

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the settings were taken, and should not have been');
}

function withValue(name: string, value: string): Config {
  return parseConfig({ AUTH_JWT_SECRET: SECRET, [name]: value });
}

describe('settings', () => {
  it('have a default each', () => {
    expect(parseConfig({})).toEqual({
      development: true,
      port: 4000,
      host: '127.0.0.1',
      dataDir: './data',
      consoleClient: null,
      eventStoreUrl: null,
      secretKey: null,
      secretKeyPrevious: null,
      jwtSecret: null,
      jwtRules: { previousSecret: null, issuer: null, audience: null, maxSeconds: 86_400 },
      openId: null,
      corsOrigins: [],
      trustProxy: false,
      unsignedRequestsPerMinute: 600,
      tokenGuessesPerMinute: 30,
      safelist: null,
      metricsToken: null,
      checkpointDir: './data/checkpoints',
      checkpointKeyFile: './data/checkpoint.key',
      checkpointEveryEvents: 1000,
      checkpointEveryMs: 3_600_000,
      checkpointTsaUrl: null,
      checkpointWitness: null,
      smtpUrl: null,
      mailFrom: { name: 'Partner access', address: 'no-reply@localhost' },
      mailSubject: null,
      mailLanguage: 'en',
      mailTries: 6,
      messagesPerMailboxPerDay: 20,
      mailRetryMs: 30_000,
      mailTimeoutMs: 30_000,
      mailBounceAddress: null,
      mailWebhookSecret: null,
      webhookTries: 8,
      webhookRetryMs: 10_000,
      webhookTimeoutMs: 10_000,
      subscriptionsPerConnection: 20, subscriptionsPerPerson: 100, subscriptionsPerProcess: 10_000, subscriptionStallMs: 10_000,
      workPerPerson: 500, workPerAddress: 500, workPerApp: 500, workSavedSeconds: 30, overloadDelayMs: 300, connectionsPerProcess: 20_000, connectionsPerAddress: 4_000,
      webhookAllowedNetworks: [],
      publicUrl: null,
      appUrlTemplate: 'https://{appId}.infusionsoft.com',
      invitationTtlMs: 604_800_000,
      invitationsPerAppPerDay: 200,
      invitationsPerRecipientPerDay: 5,
      partnerDirectory: null,
      introspection: true,
      logLevel: 'info',
      clientAddress: 'truncated',
      otlpEndpoint: null,
    });
  });

  it('count as absent when empty', () => {
    expect(parseConfig({ PORT: '', PUBLIC_URL: ' ', SECRET_KEY: '', EVENTSTORE_URL: '', AUTH_JWT_SECRET: '' })).toEqual(parseConfig({}));
  });

  it('take what is given', () => {
    const config = parseConfig({
      NODE_ENV: 'production',
      APP_URL_TEMPLATE: 'http://localhost/apps/{appId}',
      PORT: '0',
      HOST: '::',
      DATA_DIR: '/var/lib/partner-access',
      EVENTSTORE_URL: 'esdb://admin:p%40ss@node1:2111,node2:2112,node3?tls=true&nodePreference=leader',
      SECRET_KEY: KEY,
      AUTH_JWT_SECRET: SECRET,
      PUBLIC_URL: 'https://partners.example.com/base/',
      INVITATION_TTL_SECONDS: '60',
      INVITATIONS_PER_APP_PER_DAY: '0',
      INVITATIONS_PER_RECIPIENT_PER_DAY: '12',
      PARTNER_POLICY: 'list',
      PARTNER_DIRECTORY: __filename,
      CORS_ORIGINS: 'https://console.example.com',
      TRUST_PROXY: '2',
      UNSIGNED_REQUESTS_PER_MINUTE: '0',
      TOKEN_GUESSES_PER_MINUTE: '7',
      SAFELIST: __filename,
      METRICS_TOKEN: 'sixteen-characters',
      SMTP_URL: 'smtps://user:p%40ss@mail.example.com',
      MAIL_FROM: 'Keap <no-reply@example.com>',
      MESSAGES_PER_MAILBOX_PER_DAY: '0',
      MAIL_SUBJECT: 'Join {accountName}',
      MAIL_LANGUAGE: 'de',
      MAIL_TRIES: '2',
      MAIL_RETRY_SECONDS: '1',
      MAIL_TIMEOUT_SECONDS: '5',
      MAIL_BOUNCE_ADDRESS: 'bounces+{token}@example.com',
      MAIL_WEBHOOK_SECRET: `whsec_${KEY}`,
      WEBHOOK_TRIES: '3',
      WEBHOOK_RETRY_SECONDS: '2',
      WEBHOOK_TIMEOUT_SECONDS: '4',
      WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16, fd00::/8',
      INTROSPECTION: 'on',
      LOG_LEVEL: 'warn',
      CLIENT_ADDRESS: 'off',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com/otlp',
      CHECKPOINT_TSA_URL: 'https://tsa.example.com/',
      CHECKPOINT_WITNESS_URL: 'https://witness.example.com/checkpoints',
      CHECKPOINT_WITNESS_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}`,
    });
    expect(config).toEqual({
      development: false,
      port: 0,
      host: '::',
      dataDir: '/var/lib/partner-access',
      consoleClient: null,
      eventStoreUrl: 'esdb://admin:p%40ss@node1:2111,node2:2112,node3?tls=true&nodePreference=leader',
      secretKey: Buffer.alloc(32, 7),
      secretKeyPrevious: null,
      jwtSecret: new TextEncoder().encode(SECRET),
      jwtRules: { previousSecret: null, issuer: null, audience: null, maxSeconds: 86_400 },
      openId: null,
      corsOrigins: ['https://console.example.com'],
      trustProxy: 2,
      unsignedRequestsPerMinute: 0,
      tokenGuessesPerMinute: 7,
      safelist: __filename,
      metricsToken: 'sixteen-characters',
      checkpointDir: '/var/lib/partner-access/checkpoints',
      checkpointKeyFile: '/var/lib/partner-access/checkpoint.key',
      checkpointEveryEvents: 1000,
      checkpointEveryMs: 3_600_000,
      checkpointTsaUrl: 'https://tsa.example.com/',
      checkpointWitness: { url: 'https://witness.example.com/checkpoints', secret: `whsec_${Buffer.alloc(32, 5).toString('base64')}` },
      smtpUrl: 'smtps://user:p%40ss@mail.example.com',
      mailFrom: { name: 'Keap', address: 'no-reply@example.com' },
      mailSubject: 'Join {accountName}',
      mailLanguage: 'de',
      mailTries: 2,
      messagesPerMailboxPerDay: 0,
      mailRetryMs: 1_000,
      mailTimeoutMs: 5_000,
      mailBounceAddress: 'bounces+{token}@example.com',
      mailWebhookSecret: `whsec_${KEY}`,
      webhookTries: 3,
      webhookRetryMs: 2_000,
      webhookTimeoutMs: 4_000,
      subscriptionsPerConnection: 20, subscriptionsPerPerson: 100, subscriptionsPerProcess: 10_000, subscriptionStallMs: 10_000,
      workPerPerson: 500, workPerAddress: 500, workPerApp: 500, workSavedSeconds: 30, overloadDelayMs: 300, connectionsPerProcess: 20_000, connectionsPerAddress: 4_000,
      webhookAllowedNetworks: ['10.1.0.0/16', 'fd00::/8'],
      publicUrl: 'https://partners.example.com/base',
      appUrlTemplate: 'http://localhost/apps/{appId}',
      invitationTtlMs: 60_000,
      invitationsPerAppPerDay: 0,
      invitationsPerRecipientPerDay: 12,
      partnerDirectory: __filename,
      introspection: true,
      logLevel: 'warn',
      clientAddress: 'off',
      otlpEndpoint: 'https://collector.example.com/otlp',
    });
  });

  it('are all refused at once, one sentence each', () => {
    const problems = problemsOf({ PORT: 'many', LOG_LEVEL: 'loud', PUBLIC_URL: 'nowhere', SECRET_KEY: 'short', OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318' });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'SECRET_KEY', 'PUBLIC_URL', 'LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
  });

  it('put one problem on a line of the message', () => {
    expect(() => parseConfig({ PORT: 'x', INTROSPECTION: 'yes' })).toThrow(/^PORT .+\nINTROSPECTION [^\n]+$/);
  });
});

describe('development mode', () => {
  it('is where there is neither a sign-in secret nor production', () => {
    expect(parseConfig({ NODE_ENV: 'test' }).development).toBe(true);
    expect(parseConfig({ AUTH_JWT_SECRET: SECRET }).development).toBe(false);
    expect(parseConfig({ NODE_ENV: 'development', AUTH_JWT_SECRET: SECRET }).development).toBe(false);
  });

  it('does not start in production, and says why', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([expect.stringMatching(/^AUTH_JWT_SECRET or AUTH_ISSUER is required with NODE_ENV=production: .*anyone/)]);
  });

  it('does not hide behind a misspelt production', () => {
    expect(problemsOf({ NODE_ENV: 'prod' })).toEqual([expect.stringMatching(/^NODE_ENV must be one of production, development, test, and is "prod"/)]);
  });

  it.each(['127.0.0.1', '::1', 'localhost'])('listens on %s', (host) => {
    expect(parseConfig({ HOST: host }).host).toBe(host);
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'example.com'])('does not listen on %s', (host) => {
    expect(problemsOf({ HOST: host })).toEqual([expect.stringMatching(/^HOST must be one of 127\.0\.0\.1, ::1, localhost in development mode/)]);
  });

  it('decides the defaults of host and introspection', () => {
    expect(parseConfig({ AUTH_JWT_SECRET: SECRET })).toMatchObject({ host: '0.0.0.0', introspection: false });
    expect(parseConfig({ INTROSPECTION: 'off' }).introspection).toBe(false);
  });
});

describe('numbers', () => {
  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['INVITATION_TTL_SECONDS', '0'],
    ['INVITATION_TTL_SECONDS', '315360001'],
    ['INVITATIONS_PER_APP_PER_DAY', '1e3'],
    ['INVITATIONS_PER_RECIPIENT_PER_DAY', '1000001'],
    ['MESSAGES_PER_MAILBOX_PER_DAY', '1000001'],
    ['INVITATIONS_PER_RECIPIENT_PER_DAY', '99999999999999999999'],
  ])('%s cannot be %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be a whole number from \\d+ to \\d+, and is "${value}"`))]);
  });

  it('may be what their range begins and ends with', () => {
    expect(withValue('PORT', '65535').port).toBe(65_535);
    expect(withValue('INVITATION_TTL_SECONDS', '1').invitationTtlMs).toBe(1000);
    expect(withValue('INVITATIONS_PER_APP_PER_DAY', '1000000').invitationsPerAppPerDay).toBe(1_000_000);
  });
});

describe('secrets', () => {
  it.each(['c2hvcnQ=', Buffer.alloc(33).toString('base64'), Buffer.alloc(32, 255).toString('base64url'), Buffer.alloc(32).toString('hex')])(
    'SECRET_KEY cannot be %s, which the problem does not repeat',
    (value) => {
      expect(problemsOf({ SECRET_KEY: value })).toEqual([expect.stringMatching(/^SECRET_KEY must be 32 bytes in base64/)]);
      expect(problemsOf({ SECRET_KEY: value }).join()).not.toContain(value);
    },
  );

  it('take the SECRET_KEY of before an exchange, in the same form, when it is another one', () => {
    const [before, after] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    expect(parseConfig({ SECRET_KEY: after.toString('base64'), SECRET_KEY_PREVIOUS: before.toString('base64') })).toMatchObject({ secretKey: after, secretKeyPrevious: before });
    expect(parseConfig({ SECRET_KEY_PREVIOUS: before.toString('base64') })).toMatchObject({ secretKey: null, secretKeyPrevious: before });
    expect(problemsOf({ SECRET_KEY_PREVIOUS: 'short' })).toEqual([expect.stringMatching(/^SECRET_KEY_PREVIOUS must be 32 bytes in base64/)]);
    expect(problemsOf({ SECRET_KEY: after.toString('base64'), SECRET_KEY_PREVIOUS: after.toString('base64') })).toEqual([expect.stringMatching(/^SECRET_KEY_PREVIOUS is the same as SECRET_KEY/)]);
  });

  it('count AUTH_JWT_SECRET in bytes', () => {
    expect(problemsOf({ AUTH_JWT_SECRET: 'x'.repeat(31) })).toEqual(['AUTH_JWT_SECRET must have at least 32 bytes, and has 31.']);
    expect(parseConfig({ AUTH_JWT_SECRET: 'é'.repeat(16) }).jwtSecret).toHaveLength(32);
  });

  it('keep the spaces of AUTH_JWT_SECRET', () => {
    expect(parseConfig({ AUTH_JWT_SECRET: ` ${SECRET} ` }).jwtSecret).toEqual(new TextEncoder().encode(` ${SECRET} `));
  });
});

describe('addresses', () => {
  it.each(['partners.example.com', 'ftp://partners.example.com', 'https://partners.example.com?a=1', 'https://partners.example.com/#x'])('PUBLIC_URL cannot be %s', (value) => {
    expect(problemsOf({ PUBLIC_URL: value })).toHaveLength(1);
  });

  it('PUBLIC_URL loses the slash at its end', () => {
    expect(withValue('PUBLIC_URL', 'https://partners.example.com//').publicUrl).toBe('https://partners.example.com');
  });

  it.each(['https://apps.example.com', 'javascript:{appId}', '{appId}.example.com'])('APP_URL_TEMPLATE cannot be %s', (value) => {
    expect(problemsOf({ APP_URL_TEMPLATE: value })).toEqual([expect.stringMatching(/^APP_URL_TEMPLATE must /)]);
  });
});

describe('the event store', () => {
  it.each(['esdb://127.0.0.1:2113?tls=false', 'esdb+discover://cluster.example.com', 'esdb://user:pass@a:1,b:2/?tls=true'])('may be %s', (value) => {
    expect(parseConfig({ EVENTSTORE_URL: value, SECRET_KEY: KEY }).eventStoreUrl).toBe(value);
  });

  it.each(['http://127.0.0.1:2113', 'esdb://', 'esdb://user:secret@', '127.0.0.1:2113', 'esdb://two words'])('cannot be %s, which the problem does not repeat', (value) => {
    const problems = problemsOf({ EVENTSTORE_URL: value, SECRET_KEY: KEY });
    expect(problems).toEqual([expect.stringMatching(/^EVENTSTORE_URL must be an address such as esdb:/)]);
    expect(problems.join()).not.toContain(value === 'esdb://' ? ' esdb:// ' : value);
  });

  it('needs a key that all processes share', () => {
    expect(problemsOf({ EVENTSTORE_URL: 'esdb://127.0.0.1:2113' })).toEqual([expect.stringMatching(/^SECRET_KEY is required with EVENTSTORE_URL: .*the same key/)]);
  });
});

describe('the partner policy', () => {
  it('needs a directory when it is a list', () => {
    expect(problemsOf({ PARTNER_POLICY: 'list' })).toEqual([expect.stringMatching(/^PARTNER_DIRECTORY is required with PARTNER_POLICY=list/)]);
  });

  it.each([`${__filename}.missing`, tmpdir()])('needs a file that can be read, and %s cannot', (file) => {
    expect(problemsOf({ PARTNER_POLICY: 'list', PARTNER_DIRECTORY: file })).toEqual([expect.stringMatching(/^PARTNER_DIRECTORY must be a readable file/)]);
  });

  it.each([{}, { PARTNER_POLICY: 'open' }])('excludes a directory when it is open', (policy) => {
    expect(problemsOf({ ...policy, PARTNER_DIRECTORY: __filename })).toEqual([expect.stringMatching(/^PARTNER_DIRECTORY has no effect with PARTNER_POLICY=open/)]);
  });

  it('is open or list', () => {
    expect(problemsOf({ PARTNER_POLICY: 'closed', PARTNER_DIRECTORY: __filename })).toEqual(['PARTNER_POLICY must be one of open, list, and is "closed".']);
  });
});

describe('the address of clients', () => {
  it('is recorded in part, in full or not at all', () => {
    expect(parseConfig({}).clientAddress).toBe('truncated');
    expect(parseConfig({ CLIENT_ADDRESS: 'full' }).clientAddress).toBe('full');
    expect(problemsOf({ CLIENT_ADDRESS: 'hashed' })).toEqual(['CLIENT_ADDRESS must be one of off, truncated, full, and is "hashed".']);
  });
});

describe('the collector of traces', () => {
  it('is absent, or an http or https address', () => {
    expect(parseConfig({}).otlpEndpoint).toBeNull();
    expect(parseConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }).otlpEndpoint).toBe('http://127.0.0.1:4318');
    expect(problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'grpc://collector:4317' })).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT must be an http or https address/)]);
    expect(problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector/?a=b' })).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT must not have a query/)]);
  });
});

describe('.env.example', () => {
  const lines = readFileSync(`${__dirname}/../.env.example`, 'utf8').split('\n');
  const settings = (pattern: RegExp): Record<string, string> =>
    Object.fromEntries(lines.flatMap((line) => (pattern.exec(line) ?? []).slice(1, 2)).map((line) => line.split(/=(.*)/s).slice(0, 2)) as [string, string][]);

  it('holds every setting', () => {
    expect(Object.keys(settings(/^#?([A-Z_]+=.*)$/)).sort()).toEqual([
      'APP_URL_TEMPLATE', 'AUTH_ALGORITHMS', 'AUTH_AUDIENCE', 'AUTH_CLAIM_KEAP_ID', 'AUTH_CLAIM_KEAP_ID_VERIFIED', 'AUTH_CLAIM_NAME', 'AUTH_CLAIM_SCOPE',
      'AUTH_CLAIM_SUBJECT', 'AUTH_INTROSPECTION_CLIENT_ID', 'AUTH_INTROSPECTION_CLIENT_SECRET', 'AUTH_INTROSPECTION_SECONDS', 'AUTH_ISSUER', 'AUTH_JWT_ISSUER', 'AUTH_JWT_MAX_SECONDS', 'AUTH_JWT_SECRET', 'AUTH_JWT_SECRET_PREVIOUS',
      'AUTH_SCOPE_AUDITOR', 'AUTH_SCOPE_OPERATOR', 'CHECKPOINT_DIR', 'CHECKPOINT_EVERY_EVENTS', 'CHECKPOINT_EVERY_SECONDS', 'CHECKPOINT_KEY_FILE', 'CHECKPOINT_TSA_URL', 'CHECKPOINT_WITNESS_SECRET', 'CHECKPOINT_WITNESS_URL', 'CLIENT_ADDRESS', 'CONNECTIONS_PER_ADDRESS', 'CONNECTIONS_PER_PROCESS', 'CONSOLE_CLIENT_ID', 'CONSOLE_RESOURCE', 'CONSOLE_SCOPE', 'CORS_ORIGINS', 'DATA_DIR', 'EVENTSTORE_URL', 'HOST', 'INTROSPECTION', 'INVITATIONS_PER_APP_PER_DAY',
      'INVITATIONS_PER_RECIPIENT_PER_DAY', 'INVITATION_TTL_SECONDS', 'LOG_LEVEL', 'MAIL_BOUNCE_ADDRESS', 'MAIL_FROM', 'MAIL_LANGUAGE', 'MAIL_RETRY_SECONDS', 'MAIL_SUBJECT', 'MAIL_TIMEOUT_SECONDS', 'MAIL_TRIES', 'MAIL_WEBHOOK_SECRET', 'MESSAGES_PER_MAILBOX_PER_DAY', 'METRICS_TOKEN', 'NODE_ENV', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'OVERLOAD_DELAY_MS', 'PARTNER_DIRECTORY',
      'PARTNER_POLICY', 'PORT', 'PUBLIC_URL', 'SAFELIST', 'SECRET_KEY', 'SECRET_KEY_PREVIOUS', 'SMTP_URL', 'SUBSCRIPTIONS_PER_CONNECTION', 'SUBSCRIPTIONS_PER_PERSON', 'SUBSCRIPTIONS_PER_PROCESS', 'SUBSCRIPTION_STALL_SECONDS', 'TOKEN_GUESSES_PER_MINUTE', 'TRUST_PROXY', 'UNSIGNED_REQUESTS_PER_MINUTE',
      'WEBHOOK_ALLOWED_NETWORKS', 'WEBHOOK_RETRY_SECONDS', 'WEBHOOK_TIMEOUT_SECONDS', 'WEBHOOK_TRIES', 'WORK_PER_ADDRESS', 'WORK_PER_APP', 'WORK_PER_PERSON', 'WORK_SAVED_SECONDS',
    ]);
  });

  it('is what a start without settings does', () => {
    expect(parseConfig(settings(/^([A-Z_]+=.*)$/))).toEqual(parseConfig({}));
  });

  it('gives examples that are taken, too: with a shared secret, or with a provider', () => {
    const all = { ...settings(/^#?([A-Z_]+=.*)$/), PARTNER_POLICY: 'list', PARTNER_DIRECTORY: __filename, SAFELIST: __filename };
    expect(parseConfig(Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('AUTH_JWT_'))))).toMatchObject({ development: false, jwtSecret: null });
    expect(parseConfig(Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('AUTH_JWT_') || !/^(?:AUTH|CONSOLE)_/.test(name))))).toMatchObject({ development: false, openId: null });
  });
});
