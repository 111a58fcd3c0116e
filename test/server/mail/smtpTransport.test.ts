import { NotDelivered } from '../../../src/application/delivery/delivery';
import { SmtpTransport } from '../../../src/server/mail/smtpTransport';
import { type SmtpFaults, SmtpInbox } from '../../support/smtpInbox';

const MESSAGE = { subject: 'Subject', text: 'Text', html: '<p>HTML</p>', messageId: '<1@partners.example>' };
/** A host that is not known to be this machine, and yet leads to it. */
const ELSEWHERE = '0.0.0.0';

describe('SmtpTransport', () => {
  let inbox: SmtpInbox;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
  });
  afterAll(() => inbox.close());
  afterEach(() => {
    inbox.faults = {};
    inbox.arrived.length = 0;
  });

  /** How sending a message ends: DELIVERED, or the kind and reason of the refusal. */
  const ending = async (faults: SmtpFaults, { to = 'paula@coach.example', url = `smtp://127.0.0.1:${inbox.port}` } = {}): Promise<string> => {
    inbox.faults = faults;
    const transport = new SmtpTransport({ url, from: { name: 'Partner access', address: 'no-reply@partners.example' }, bounceAddressOf: () => null, timeoutMs: 5_000 });
    try {
      return await transport.send({ ...MESSAGE, to }).then(() => 'DELIVERED', endingOf);
    } finally {
      await transport.close();
    }
  };
  const endingOf = (error: unknown): string => (error instanceof NotDelivered ? `${error.kind} ${error.reason}` : String(error));

  it.each<[string, SmtpFaults]>([
    ['DELIVERED', {}],
    ['DELIVERED', { startTls: true }],
    ['DELIVERED', { unknown: ['EHLO'] }],
    ['TEMPORARY REFUSED 421', { replies: { GREETING: '421 Busy' } }],
    ['MISCONFIGURED SERVICE_REFUSED 554', { replies: { GREETING: '554 Not you, 192.0.2.1' } }],
    ['MISCONFIGURED SERVICE_REFUSED 550', { replies: { EHLO: '502 No', HELO: '550 Not you' } }],
    ['TEMPORARY REFUSED 421', { replies: { EHLO: '421 Busy' } }],
    ['TEMPORARY REFUSED 451', { replies: { EHLO: '451 Not now', HELO: '451 Not now' } }],
    ['TEMPORARY NOT_REACHED', { replies: { EHLO: 'DROP' } }],
    ['MISCONFIGURED NO_TLS 501', { startTls: true, replies: { STARTTLS: '501 No' } }],
    ['MISCONFIGURED NO_TLS 454', { startTls: true, replies: { STARTTLS: '454 TLS not available' } }],
    ['TEMPORARY NOT_REACHED', { startTls: true, replies: { STARTTLS: 'DROP' } }],
    ['TEMPORARY REFUSED 451 4.7.1', { replies: { MAIL: '451 4.7.1 Greylisted' } }],
    ['MISCONFIGURED SENDER_REFUSED 553 5.1.8', { replies: { MAIL: '553 5.1.8 No such sender' } }],
    ['MISCONFIGURED SIGN_IN_REFUSED 530 5.7.0', { replies: { MAIL: '530 5.7.0 Authentication required' } }],
    ['PERMANENT REFUSED 552 5.3.4', { replies: { MAIL: '552 5.3.4 Too large' } }],
    ['TEMPORARY REFUSED 450 4.2.1', { replies: { RCPT: '450 4.2.1 Not now' } }],
    ['PERMANENT REFUSED 550 5.1.1', { replies: { RCPT: '550 5.1.1 No such user: paula@coach.example' } }],
    ['PERMANENT REFUSED 550', { replies: { RCPT: '550 5.1.1secret No' } }],
    ['PERMANENT REFUSED 554 5.7.1', { replies: { RCPT: '554 5.7.1 Relay access denied' } }],
    ['MISCONFIGURED SIGN_IN_REFUSED 530 5.7.0', { replies: { RCPT: '530 5.7.0 Must issue a STARTTLS command first' } }],
    ['TEMPORARY REFUSED 451 4.3.0', { replies: { DATA: '451 4.3.0 Not now' } }],
    ['PERMANENT REFUSED 554 5.7.1', { replies: { DATA: '554 5.7.1 No' } }],
    ['TEMPORARY NOT_REACHED', { replies: { DATA: 'DROP' } }],
    ['TEMPORARY REFUSED 452 4.3.1', { replies: { MESSAGE: '452 4.3.1 Full' } }],
    ['PERMANENT REFUSED 554 5.6.0', { replies: { MESSAGE: '554 5.6.0 Spam' } }],
    ['TEMPORARY NOT_REACHED', { replies: { GREETING: 'DROP' } }],
    ['TEMPORARY NOT_REACHED', { replies: { MAIL: 'DROP' } }],
    ['TEMPORARY NOT_REACHED', { replies: { RCPT: 'DROP' } }],
    ['TEMPORARY NOT_REACHED', { replies: { MESSAGE: 'DROP' } }],
  ])('says %s of a server with %j', async (expected, faults) => {
    expect(await ending(faults)).toBe(expected);
    expect(inbox.arrived).toHaveLength(expected === 'DELIVERED' || 'MESSAGE' in (faults.replies ?? {}) ? 1 : 0);
  });

  it.each<[string, SmtpFaults]>([
    ['DELIVERED', { signIn: true }],
    ['MISCONFIGURED SIGN_IN_REFUSED 535 5.7.8', { signIn: true, replies: { AUTH: '535 5.7.8 Wrong password: hush' } }],
    ['TEMPORARY SIGN_IN_REFUSED 454 4.7.0', { signIn: true, replies: { AUTH: '454 4.7.0 Try later' } }],
    ['TEMPORARY NOT_REACHED', { signIn: true, replies: { AUTH: 'DROP' } }],
  ])('says %s of a sign-in at a server with %j', async (expected, faults) => {
    expect(await ending(faults, { url: `smtp://user:hush@127.0.0.1:${inbox.port}` })).toBe(expected);
  });

  it('says that it needs a sign-in', async () => {
    expect(await ending({ signIn: true })).toBe('MISCONFIGURED SIGN_IN_REFUSED 530');
  });

  it('sends a domain that is not ASCII as IDNA, and a mailbox that is not to servers with SMTPUTF8 only', async () => {
    expect(await ending({ withoutSmtpUtf8: true }, { to: 'paula@münchen.example' })).toBe('DELIVERED');
    expect(inbox.arrived.at(-1)?.parsed.headerLines.find(({ key }) => key === 'to')?.line).toContain('paula@xn--mnchen-3ya.example');
    expect(await ending({}, { to: 'jürgen@münchen.example' })).toBe('DELIVERED');
    expect(inbox.arrived.at(-1)?.to).toEqual(['jürgen@münchen.example']);
    inbox.arrived.length = 0;
    expect(await ending({ withoutSmtpUtf8: true }, { to: 'jürgen@münchen.example' })).toBe('PERMANENT NO_SMTPUTF8');
    expect(inbox.arrived).toEqual([]);
  });

  describe('to another machine', () => {
    const remote = (parameters = ''): string => `smtp://user:hush@${ELSEWHERE}:${inbox.port}${parameters}`;

    it.each<[string, SmtpFaults]>([
      ['no STARTTLS', { signIn: true }],
      ['a certificate that is not trusted', { signIn: true, startTls: true }],
      ['no EHLO', { signIn: true, unknown: ['EHLO'] }],
    ])('sends neither password nor message to a server with %s', async (_, faults) => {
      let signIns = 0;
      inbox.onSignIn = () => { signIns += 1; };
      expect(await ending(faults, { url: remote() })).toMatch(/^MISCONFIGURED (NO_TLS|SERVICE_REFUSED)/);
      expect([signIns, inbox.arrived.length]).toEqual([0, 0]);
    });

    it('sends without encryption when SMTP_URL says so', async () => {
      expect(await ending({ signIn: true, startTls: true }, { url: remote('?tls=none') })).toBe('DELIVERED');
    });

    it('expects encryption from the start with smtps', async () => {
      expect(await ending({}, { url: remote().replace('smtp:', 'smtps:') })).toMatch(/^MISCONFIGURED NO_TLS/);
    });
  });

  it('checks the server without sending anything', async () => {
    const transport = new SmtpTransport({ url: `smtp://user:hush@127.0.0.1:${inbox.port}`, from: { name: '', address: 'no-reply@partners.example' }, bounceAddressOf: () => null, timeoutMs: 5_000 });
    inbox.faults = { signIn: true };
    await transport.check();
    inbox.faults = { signIn: true, replies: { AUTH: '535 No' } };
    expect(await transport.check().catch(endingOf)).toBe('MISCONFIGURED SIGN_IN_REFUSED 535');
    expect(inbox.arrived).toEqual([]);
    await transport.close();
  });
});
