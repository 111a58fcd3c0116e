import type { LookupAddress } from 'node:dns';
import { OutsideAddresses, type NameLookup } from '../../src/application/outsideAddresses';
import { WebhookSender } from '../../src/server/webhookSender';
import { WebhookReceiver } from '../support/webhookReceiver';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const LOOPBACK = ['127.0.0.0/8'];

describe('a webhook\'s request', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  const send = (sender: WebhookSender, url: string, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<void> => sender.send({ url, secret: SECRET, messageId: 'one', body: '{"is":"it"}' }, signal);
  const placesOf = (...addresses: readonly string[]): readonly LookupAddress[] => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const leadingTo = (...addresses: readonly string[]): NameLookup => () => Promise.resolve(placesOf(...addresses));

  it('goes to an allowed address, under its name, too', async () => {
    await send(new WebhookSender(new OutsideAddresses(LOOPBACK)), receiver.url);
    await send(new WebhookSender(new OutsideAddresses(LOOPBACK, leadingTo('127.0.0.1'))), `http://hooks.example.com:${receiver.port}/path`);
    expect(receiver.arrived.map(({ body, headers: { host } }) => [body, host])).toEqual([['{"is":"it"}', `127.0.0.1:${receiver.port}`], ['{"is":"it"}', `hooks.example.com:${receiver.port}`]]);
  });

  it.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '0x7f.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]', '[fd00:ec2::254]', '[fc00::1]', '[fe80::1]', 'localhost'])('never goes to %s', async (host) => {
    await expect(send(new WebhookSender(new OutsideAddresses([])), `http://${host}:${receiver.port}/`)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toEqual([]);
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['169.254.169.254'], ['fd00::1'], ['fe80::1'], ['::ffff:10.0.0.1'], ['64:ff9b::a9fe:a9fe'], ['fd00:ec2::254'], ['8.8.8.8', '127.0.0.1']])('never goes to a name that leads to %s, whatever else it leads to', async (...addresses) => {
    await expect(send(new WebhookSender(new OutsideAddresses([], leadingTo(...addresses))), `http://hooks.example.com:${receiver.port}/`)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toEqual([]);
  });

  it.each([300, 302, 400, 410, 500, 503])('is refused by the status %d, and follows no redirect', async (status) => {
    receiver.answer = () => status;
    await expect(send(new WebhookSender(new OutsideAddresses(LOOPBACK)), receiver.url)).rejects.toMatchObject({ reason: `REFUSED ${status}` });
    expect(receiver.arrived).toHaveLength(1);
  });

  it('connects to what was looked at, also where a name leads elsewhere a moment later', async () => {
    const asked: string[] = [];
    const changing: NameLookup = (hostname) => {
      asked.push(hostname);
      return Promise.resolve(placesOf(asked.length === 1 ? '127.0.0.1' : '127.0.0.2'));
    };
    const sender = new WebhookSender(new OutsideAddresses(['127.0.0.1/32'], changing));
    const url = `http://hooks.example.com:${receiver.port}/`;
    await send(sender, url);
    expect(asked).toEqual(['hooks.example.com']);
    await expect(send(sender, url)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toHaveLength(1);
  });

  it('is taken by the status alone: a large answer is not read', async () => {
    receiver.answer = () => 200;
    await expect(send(new WebhookSender(new OutsideAddresses(LOOPBACK)), receiver.url)).resolves.toBeUndefined();
  });

  it('is given up when nobody answers', async () => {
    const given = new AbortController();
    receiver.answer = () => {
      given.abort();
      return new Promise(() => undefined);
    };
    await expect(send(new WebhookSender(new OutsideAddresses(LOOPBACK)), receiver.url, given.signal)).rejects.toMatchObject({ reason: 'TIMED_OUT' });
  });

  it('is unreachable where nobody listens, and where there is no such name', async () => {
    const { url } = receiver;
    const gone = await WebhookReceiver.start();
    const goneUrl = gone.url;
    await gone.close();
    await expect(send(new WebhookSender(new OutsideAddresses(LOOPBACK)), goneUrl)).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    const nowhere: NameLookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    await expect(send(new WebhookSender(new OutsideAddresses(LOOPBACK, nowhere)), url.replace('127.0.0.1', 'nowhere.example.com'))).rejects.toMatchObject({ reason: 'UNREACHABLE' });
  });
});
