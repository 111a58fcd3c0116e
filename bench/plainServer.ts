import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/**
 * The least that a server of JSON can do: takes a request's body, parses it, and answers with an object that it turns into
 * text. The answers are in the files that the program is called with; `/0` answers with the first one's, and so on.
 */
const answers: readonly unknown[] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')) as unknown);

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const asked: unknown = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify(asked === null ? null : answers[Number(request.url?.slice(1))]);
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(text) });
    response.end(text);
  });
}

const server = createServer(answer).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  process.stdout.write(`Listening on http://127.0.0.1:${address.port}\n`);
});
