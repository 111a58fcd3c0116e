import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

function failure(code: status, details: string, facts: Readonly<Record<string, string>> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(facts)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What a server answers when it does not do what it was asked for, in its own words. */
export const esdbFailures = {
  notReady: (): ServiceError => failure(status.UNAVAILABLE, 'Server Is Not Ready'),
  timeout: (): ServiceError => failure(status.ABORTED, 'Operation timed out'),
  commitTimeout: (): ServiceError => failure(status.ABORTED, 'Operation timed out: Commit phase timeout.'),
  tooSlow: (): ServiceError => failure(status.ABORTED, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.'),
  handler: (): ServiceError => failure(status.UNKNOWN, 'Exception was thrown by handler.'),
  unexpected: (result: string): ServiceError => failure(status.UNKNOWN, `Unexpected ${result}: Error`),
  badPosition: (): ServiceError => failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'),
  tooBig: (bytes: number): ServiceError =>
    failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(bytes) }),
  denied: (): ServiceError => failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  unauthenticated: (): ServiceError => failure(status.UNAUTHENTICATED, 'Access Denied', { exception: 'access-denied' }),
  noLeader: (): ServiceError => failure(status.UNKNOWN, 'No leader info available in response'),
  notLeader: (host: string, port: number): ServiceError =>
    failure(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', 'leader-endpoint-host': host, 'leader-endpoint-port': String(port) }),
  streamDeleted: (stream: string): ServiceError => failure(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream }),
  unimplemented: (): ServiceError => failure(status.UNIMPLEMENTED, 'not part of this server'),
};
