import type { LookupAddress } from 'node:dns';
import { PrivateAddressGuard, type NameLookup } from '../../../src/application/privateAddresses';
import { WebhookSender } from '../../../src/server/webhooks/service';
import { WebhookReceiver } from '../../support/webhookReceiver';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const LOOPBACK = ['127.0.0.0/8'];

describe('WebhookSender', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  const send = (sender: WebhookSender, url: string, signal: AbortSignal = AbortSignal.timeout(20_000)): Promise<void> => sender.send({ url, secret: SECRET, messageId: 'one', body: '{"is":"it"}' }, signal);
  const addressesOf = (...addresses: readonly string[]): readonly LookupAddress[] => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const resolvingTo = (...addresses: readonly string[]): NameLookup => () => Promise.resolve(addressesOf(...addresses));

  it('sends to an allowed address, and to a name that resolves to it', async () => {
    await send(new WebhookSender(new PrivateAddressGuard(LOOPBACK)), receiver.url);
    await send(new WebhookSender(new PrivateAddressGuard(LOOPBACK, resolvingTo('127.0.0.1'))), `http://hooks.example.com:${receiver.port}/path`);
    expect(receiver.arrived.map(({ body, headers: { host } }) => [body, host])).toEqual([['{"is":"it"}', `127.0.0.1:${receiver.port}`], ['{"is":"it"}', `hooks.example.com:${receiver.port}`]]);
  });

  it.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '0x7f.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]', '[fd00:ec2::254]', '[fc00::1]', '[fe80::1]', 'localhost'])('refuses %s', async (host) => {
    await expect(send(new WebhookSender(new PrivateAddressGuard([])), `http://${host}:${receiver.port}/`)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toEqual([]);
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['::1'], ['169.254.169.254'], ['fd00::1'], ['fe80::1'], ['::ffff:10.0.0.1'], ['64:ff9b::a9fe:a9fe'], ['fd00:ec2::254'], ['8.8.8.8', '127.0.0.1']])('refuses a name that resolves to %s, even among public addresses', async (...addresses) => {
    await expect(send(new WebhookSender(new PrivateAddressGuard([], resolvingTo(...addresses))), `http://hooks.example.com:${receiver.port}/`)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toEqual([]);
  });

  it.each([300, 302, 400, 410, 500, 503])('fails on status %d and follows no redirect', async (status) => {
    receiver.answer = () => status;
    await expect(send(new WebhookSender(new PrivateAddressGuard(LOOPBACK)), receiver.url)).rejects.toMatchObject({ reason: `REFUSED ${status}` });
    expect(receiver.arrived).toHaveLength(1);
  });

  it('connects to the address that was checked, even if the name resolves differently a moment later', async () => {
    const asked: string[] = [];
    const changing: NameLookup = (hostname) => {
      asked.push(hostname);
      return Promise.resolve(addressesOf(asked.length === 1 ? '127.0.0.1' : '127.0.0.2'));
    };
    const sender = new WebhookSender(new PrivateAddressGuard(['127.0.0.1/32'], changing));
    const url = `http://hooks.example.com:${receiver.port}/`;
    await send(sender, url);
    expect(asked).toEqual(['hooks.example.com']);
    await expect(send(sender, url)).rejects.toMatchObject({ reason: 'ADDRESS_NOT_ALLOWED' });
    expect(receiver.arrived).toHaveLength(1);
  });

  it('reads only the status of the response', async () => {
    receiver.answer = () => 200;
    await expect(send(new WebhookSender(new PrivateAddressGuard(LOOPBACK)), receiver.url)).resolves.toBeUndefined();
  });

  it('fails when the signal aborts before a response', async () => {
    const given = new AbortController();
    receiver.answer = () => {
      given.abort();
      return new Promise(() => undefined);
    };
    await expect(send(new WebhookSender(new PrivateAddressGuard(LOOPBACK)), receiver.url, given.signal)).rejects.toMatchObject({ reason: 'TIMED_OUT' });
  });

  it('fails as unreachable when nobody listens or the name does not exist', async () => {
    const { url } = receiver;
    const gone = await WebhookReceiver.start();
    const goneUrl = gone.url;
    await gone.close();
    await expect(send(new WebhookSender(new PrivateAddressGuard(LOOPBACK)), goneUrl)).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    const nowhere: NameLookup = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }));
    await expect(send(new WebhookSender(new PrivateAddressGuard(LOOPBACK, nowhere)), url.replace('127.0.0.1', 'nowhere.example.com'))).rejects.toMatchObject({ reason: 'UNREACHABLE' });
  });
});
