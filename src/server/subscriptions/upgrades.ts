import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** Handles a request that opens a WebSocket; `head` holds the bytes that were received after its headers. */
export type UpgradeHandler = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

/**
 * Passes requests that open a WebSocket to the handler, and lets the server answer every other upgrade request as if it had no `Upgrade` header.
 *
 * Once a server listens for upgrades, Node.js treats each of them as one: it detaches the connection and reads no body. Such a connection is
 * given back to the server with the same bytes but without the header, so that bodies, keep-alive and pipelining work as always.
 */
export function onWebSocketUpgrade(server: Server, handle: UpgradeHandler): void {
  const pending = new WeakMap<Socket, number>();
  const waiting = new WeakMap<Socket, () => void>();
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    pending.set(socket, (pending.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (pending.get(socket) ?? 1) - 1;
      pending.set(socket, left);
      if (left === 0) waiting.get(socket)?.();
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    const destroy = (): void => { socket.destroy(); };
    socket.on('error', destroy);
    const proceed = (): void => {
      waiting.delete(socket);
      if (!socket.writable) return;
      if (opensWebSocket(request)) {
        handle(request, socket, head);
        return;
      }
      socket.off('error', destroy);
      socket.removeAllListeners('timeout');
      socket.unshift(Buffer.concat([headWithoutUpgrade(request), head]));
      server.emit('connection', socket);
    };
    // Earlier requests of this connection are answered first.
    if ((pending.get(socket) ?? 0) === 0) proceed();
    else waiting.set(socket, proceed);
  });
}

const opensWebSocket = ({ method, headers }: IncomingMessage): boolean => method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';

function headWithoutUpgrade({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
