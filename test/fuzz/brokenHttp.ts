import { connect } from 'node:net';
import type { Dice } from './dice';

const GOOD_BODY = '{"query":"{ __typename }"}';

/** The bytes of requests that are invalid as HTTP, as JSON or as GraphQL requests. */
export function brokenRequest(dice: Dice): Buffer {
  const post = (body: string | Buffer, headers: readonly string[] = [], length = Buffer.byteLength(body)): Buffer =>
    Buffer.concat([Buffer.from(`POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`), Buffer.from(body)]);
  const raw = (text: string): Buffer => Buffer.from(text, 'latin1');
  const bodies: readonly (string | Buffer)[] = [
    '', '{', 'null', '7', '"text"', '[]', '[{"query":"{ __typename }"}]', '{"query":7}', '{"query":null}', '{"query":["{ __typename }"]}', '{"query":"{ __typename }","variables":"text"}',
    '{"query":"{ __typename }","variables":[]}', '{"query":"{ __typename }","extensions":[]}', '{"query":"{ __typename }","operationName":{}}', '{"__proto__":{"query":"{ __typename }"}}',
    '{"query":"{ __typename }","constructor":{"prototype":{}}}', `{"query":${'['.repeat(50_000)}`, `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, `\ufeff${GOOD_BODY}`, Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
    `{"query":"${'{a'.repeat(3_000)}"}`, `{"query":"${'['.repeat(3_000)}"}`, `{"query":"query(${'$a:Int '.repeat(500)}){__typename}"}`, `{"query":"{ ${'__typename '.repeat(3_000)}}"}`,
    `{"query":"{ a(x: ${'{a:'.repeat(1_500)}1${'}'.repeat(1_500)}) }"}`, `{"query":"\\ud800"}`, `{"query":"#${'x'.repeat(200_000)}"}`, `{"query":"${'x'.repeat(300_000)}"}`,
  ];
  const requests: readonly (() => Buffer)[] = [
    () => post(dice.oneOf(bodies)),
    () => post(dice.oneOf(bodies)),
    () => post(GOOD_BODY, [dice.oneOf(['content-encoding: gzip', 'accept: nonsense', 'accept: */*;q=x', 'authorization: Bearer', 'authorization: Bearer a.b.c', `authorization: Bearer ${'x'.repeat(5_000)}`, 'x-min-position: nonsense', `x-correlation-id: ${'x'.repeat(3_000)}`, 'expect: 100-continue', 'expect: nonsense', 'x-forwarded-for: nonsense', 'origin: null', `cookie: ${'c=d; '.repeat(1_000)}`])]),
    () => post(GOOD_BODY, [], dice.oneOf([1, 10])),
    () => raw(`GET /graphql?query=${dice.oneOf(['%', '%00', '{', '%7B__typename%7D', 'x'.repeat(5_000), '%ff', '%7B__typename%7D&query=%7B__typename%7D', '&variables=%7B', '%7B__typename%7D&extensions=7'])} HTTP/1.1\r\nhost: x\r\napollo-require-preflight: 1\r\nconnection: close\r\n\r\n`),
    () => raw(`${dice.oneOf(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PATCH', 'BREW'])} ${dice.oneOf(['/', '/graphql', '/graphql/', '//', '/%', '/%00', '/..%2f..%2fetc', '/health/live', '/metrics', '/dev/token', '*', 'http://x/graphql', '/\u00ff'])} HTTP/1.1\r\nhost: ${dice.oneOf(['x', '', '[', 'a b', 'x:99999999'])}\r\nconnection: close\r\n\r\n`),
    () => raw(dice.oneOf(['\r\n\r\n', 'GET\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', '\u0016\u0003\u0001\u0002', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(3_000)}\r\n`, `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`])),
    () => raw(`POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: ${dice.oneOf(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/graphql', ';', ''])}\r\ncontent-length: ${GOOD_BODY.length}\r\n\r\n${GOOD_BODY}`),
    () => raw(`POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${dice.oneOf(['zz\r\n{}\r\n0\r\n\r\n', '2\r\n{}\r\n0\r\n\r\n', 'ffffffffffffffff\r\n', '0\r\n\r\n', '5;ext=x\r\n{"a":\r\n0\r\n\r\n'])}`),
    () => raw(`POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\n\r\n`),
    () => Buffer.from(Array.from({ length: 1 + dice.below(300) }, () => dice.below(256))),
  ];
  return dice.oneOf(requests)();
}

/** Sends the bytes and half closes. @returns what came back until the server closed, as text. */
export function sendRaw(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const done = (): void => resolve(Buffer.concat(chunks).toString('latin1'));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('end', () => socket.end());
    socket.once('close', done);
    // A server may close before everything was sent.
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : done()));
    socket.end(bytes);
  });
}
