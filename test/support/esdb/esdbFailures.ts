import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

function failure(code: status, details: string, facts: Readonly<Record<string, string>> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(facts)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

/** What a server answers when it does not do what it was asked for, in its own words. */
export const esdbFailures = {
  notReady: () => failure(status.UNAVAILABLE, 'Server Is Not Ready'),
  timeout: () => failure(status.ABORTED, 'Operation timed out'),
  commitTimeout: () => failure(status.ABORTED, 'Operation timed out: Commit phase timeout.'),
  tooSlow: () => failure(status.ABORTED, 'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.'),
  handler: () => failure(status.UNKNOWN, 'Exception was thrown by handler.'),
  unexpected: (result: string) => failure(status.UNKNOWN, `Unexpected ${result}: Error`),
  badPosition: () => failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'),
  tooBig: (bytes: number) =>
    failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytes} Exceeded.`, { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(bytes) }),
  denied: () => failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  noLeader: () => failure(status.UNKNOWN, 'No leader info available in response'),
  notLeader: (host: string, port: number) =>
    failure(status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', 'leader-endpoint-host': host, 'leader-endpoint-port': String(port) }),
  unimplemented: () => failure(status.UNIMPLEMENTED, 'not part of this server'),
};
