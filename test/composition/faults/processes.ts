import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ServiceProcess, startServiceProcess } from '../../support/serviceProcess';
import { temporaryDirectory } from '../../support/temporaryDirectory';
import { type GivenDirectory, nextTurn, query, ready, UNLIMITED, write } from './given';
import { rowOf } from './table';

async function settled(service: ServiceProcess, wanted: (state: string) => boolean): Promise<string> {
  for (;;) {
    // A connection may be refused.
    const state = await ready(service).catch(() => '');
    if (state !== '' && wanted(state)) return state;
    await nextTurn();
  }
}

/** Runs `work` with a service in a process of its own, whose limits can be set. */
async function withProcess<T>({ directory: { path } }: GivenDirectory, work: (service: ServiceProcess, limit: (text: string) => void) => Promise<T>): Promise<T> {
  const directory = temporaryDirectory();
  cpSync(path, directory.path, { recursive: true });
  const service = await startServiceProcess(directory.path, { ...UNLIMITED, WORK_PER_PERSON: '0', WORK_PER_APP: '0', WORK_PER_ADDRESS: '0' });
  try {
    return await work(service, (text) => { execFileSync('prlimit', ['--pid', String(service.program.pid), text], { stdio: 'ignore' }); });
  } finally {
    service.program.kill('SIGTERM');
    await service.program.ended;
    directory.remove();
  }
}

const diskFull = (given: GivenDirectory): Promise<string> => withProcess(given, async (service, limit) => {
  await write(service, given);
  limit('--fsize=4096:');
  const cells = [await write(service, given), await query(service, given), await settled(service, (state) => state !== '200')];
  limit('--fsize=unlimited:');
  await settled(service, (state) => state === '200');
  const after = await write(service, given);
  return rowOf('the disk', 'full', ...cells, after === 'is written' ? 'by itself when there is space' : after);
});

/** How long a connection waits for its answer before it counts as not accepted, in milliseconds. */
const ACCEPTED_WITHIN_MS = 500;

/**
 * Opens a connection. Resolves to null when the service does not accept it. Without a free descriptor, Node closes new connections with one that it keeps
 * in reserve. When a file takes that one in between, they wait until a descriptor is free.
 */
const opened = (port: number): Promise<Socket | null> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'));
  const refused = (): void => {
    socket.destroy();
    resolve(null);
  };
  const timer = setTimeout(refused, ACCEPTED_WITHIN_MS);
  socket.once('data', () => {
    clearTimeout(timer);
    socket.off('close', refused);
    resolve(socket);
  }).on('close', refused).on('error', () => undefined);
});

/** More descriptors than the process has open, of which connections take the rest. */
const FREE_DESCRIPTORS = 20;

const descriptorsUsedUp = (given: GivenDirectory): Promise<string> => withProcess(given, async (service, limit) => {
  await write(service, given);
  const open = readdirSync(`/proc/${service.program.pid}/fd`).length;
  limit(`--nofile=${open + FREE_DESCRIPTORS}:`);
  const port = Number(new URL(service.url).port);
  const held: Socket[] = [];
  // The service closes a descriptor now and then, so that a write may find one.
  let written: string;
  do {
    for (let socket = await opened(port); socket !== null; socket = await opened(port)) held.push(socket);
    written = await write(service, given);
  } while (written === 'is written');
  const cells = [written, `${await query(service, given)}; ${(await opened(port)) === null ? 'new connections are not accepted' : 'new connections are accepted'}`, await ready(service)];
  for (const socket of held) socket.destroy();
  await settled(service, (state) => state === '200');
  const after = await write(service, given);
  return rowOf('the descriptors', 'used up by connections', ...cells, after === 'is written' ? 'by itself when descriptors are free' : after);
});

/** The rows of faults that need limits of the operating system on a process. */
export const faultsOfProcesses = async (given: GivenDirectory): Promise<readonly string[]> => [await diskFull(given), await descriptorsUsedUp(given)];

/** A user who owns the directory, but may not read what has mode 000: this one, or nobody where this one is root. */
const NOBODY = 65_534;
const other = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;

function give(path: string): void {
  if (other === undefined) return;
  for (const name of ['.', ...readdirSync(path, { recursive: true, encoding: 'utf8' })]) chownSync(join(path, name), other.uid, other.gid);
}

/** The rows of files and directories that have mode 000 before the start. */
export async function unreadableAtTheStart({ directory: { path }, ...given }: GivenDirectory, names: readonly string[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const name of names) {
    const directory = temporaryDirectory();
    cpSync(path, directory.path, { recursive: true });
    const file = join(directory.path, name);
    const found = name === 'readmodels.db' && !existsSync(file) ? join(directory.path, 'readmodels.next.db') : file;
    if (name === 'past/') mkdirSync(found, { recursive: true });
    if (found.endsWith('/')) writeFileSync(join(found, 'unreadable'), '');
    give(directory.path);
    chmodSync(found, 0);
    rows.push(rowOf(`\`${name}\``, 'unreadable: mode 000', ...(await startedAs(directory.path, given))));
    if (existsSync(found)) chmodSync(found, 0o700);
    directory.remove();
  }
  return rows;
}

async function startedAs(path: string, given: Pick<GivenDirectory, 'appId' | 'owner'>): Promise<readonly [string, string]> {
  let service: ServiceProcess;
  try {
    service = await startServiceProcess(path, UNLIMITED, 'dist/main.js', other);
  } catch (error) {
    const [, said = ''] = /partner-access did not start: (.+)/.exec(String(error)) ?? [];
    const [first = ''] = said.replaceAll(`${path}/`, '').replaceAll(path, 'DATA_DIR').split(/(?<=[a-z0-9)])\. (?=[A-Z])/);
    return ['is refused', first.replace(/\.$/, '')];
  }
  const answers = [await write(service, given), await query(service, given), await settled(service, (state) => state === '200')];
  service.program.kill('SIGTERM');
  await service.program.ended;
  return ['succeeds', `a write ${answers[0] ?? ''}, a query ${answers[1] ?? ''}, ready ${answers[2] ?? ''}`];
}
