import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes the responses of a connection that has closed. Node.js does so only for the one that is being written: those of pipelined requests wait behind it and would
 * never close, nor give back what they hold.
 */
export function closeQueuedResponses(server: Server): void {
  const queued = new WeakMap<Socket, Set<ServerResponse>>();
  const queueOf = (socket: Socket): Set<ServerResponse> => {
    const known = queued.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    queued.set(socket, responses);
    socket.once('close', () => {
      for (const response of responses) {
        response.destroy();
        response.emit('close');
      }
    });
    return responses;
  };
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    if (response.socket !== null) return;
    const responses = queueOf(socket);
    responses.add(response);
    const leave = (): void => { responses.delete(response); };
    // From here on, Node.js closes it.
    response.once('socket', leave);
    response.once('close', leave);
  });
}
