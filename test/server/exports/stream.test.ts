import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeParts } from '../../../src/server/exports/stream';

const PART = 'x'.repeat(64 * 1024);
const EASY = { worked: (): void => undefined, waits: () => false, stallMs: 60_000, mostMs: 60_000 };

/** Sends parts to a client, and returns what both sides saw. */
async function sent(parts: Iterator<string, void>, options: Partial<typeof EASY>, read: (response: IncomingMessage) => void): Promise<{ readonly isWhole: boolean; readonly isComplete: boolean }> {
  let ended: (isWhole: boolean) => void = () => undefined;
  const isWhole = new Promise<boolean>((resolve) => (ended = resolve));
  const server = createServer((_request, response: ServerResponse) => {
    response.on('error', () => undefined);
    void writeParts(response, parts, { ...EASY, ...options }).then(ended);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const isComplete = await new Promise<boolean>((resolve) => {
    const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false }, (response) => {
      response.on('error', () => undefined);
      response.once('close', () => { resolve(response.complete); });
      read(response);
      // Whoever reads nothing notices the end once they read again.
      void isWhole.then(() => response.resume());
    });
    request.on('error', () => { resolve(false); });
  });
  const outcome = { isWhole: await isWhole, isComplete };
  await new Promise((resolve) => server.close(resolve));
  return outcome;
}

function* parts(count: number, onPart: (number: number) => void = () => undefined): Generator<string, void, undefined> {
  for (let number = 0; number < count; number += 1) {
    onPart(number);
    yield PART;
  }
}

describe('a file that is sent in parts', () => {
  it('arrives whole, as fast as it is read, and other work has its turn in between', async () => {
    let made = 0;
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    let worked = 0;
    let bytes = 0;
    const busy = (): void => {
      made += 1;
      for (const until = performance.now() + 3; performance.now() < until;);
    };
    const outcome = await sent(parts(200, busy), { worked: () => { worked += 1; } }, (response) => response.on('data', (chunk: Buffer) => (bytes += chunk.length)));
    clearInterval(ticking);
    expect(outcome).toEqual({ isWhole: true, isComplete: true });
    expect([made, worked, bytes]).toEqual([200, 201, 200 * PART.length]);
    expect(turns).toBeGreaterThan(20);
  });

  it('is made no faster than it is read, and ends with a client that reads nothing', async () => {
    let made = 0;
    const outcome = await sent(parts(100_000, () => (made += 1)), { stallMs: 50 }, (response) => response.pause());
    expect(outcome).toEqual({ isWhole: false, isComplete: false });
    expect(made).toBeLessThan(1_000);
  });

  it('is broken off after a time, and then never looks complete', async () => {
    const outcome = await sent(parts(Infinity), { mostMs: 50 }, (response) => response.resume());
    expect(outcome).toEqual({ isWhole: false, isComplete: false });
  });

  it('ends with a client that goes away', async () => {
    const outcome = await sent(parts(Infinity), {}, (response) => response.once('data', () => response.destroy()));
    expect(outcome).toEqual({ isWhole: false, isComplete: false });
  });

  it('waits while its reader has no time left', async () => {
    let asked = 0;
    const outcome = await sent(parts(3), { waits: () => (asked += 1) < 3 }, (response) => response.resume());
    expect(outcome).toEqual({ isWhole: true, isComplete: true });
    expect(asked).toBeGreaterThan(3);
  });
});
