import { readFileSync, writeFileSync } from 'node:fs';
import Database from 'libsql';
import type { Scope } from '../../../src/domain/events';
import { GivenApp } from '../../support/givenApp';
import { lengthen } from '../../support/olderReadModels';
import { temporaryDirectory, type TemporaryDirectory } from '../../support/temporaryDirectory';
import type { Json, Person } from '../../support/person';
import { TestService } from '../../support/testService';

/** A service in this process or in one of its own. */
export interface Running {
  readonly url: string;
  as(keapId: string, ...scopes: readonly Scope[]): Promise<Person>;
}

/** The `DATA_DIR` of a stopped service, of which faults get copies. */
export interface GivenDirectory {
  readonly directory: TemporaryDirectory;
  readonly appId: string;
  readonly owner: string;
}

/** Tests ask often. */
export const UNLIMITED = { UNSIGNED_REQUESTS_PER_MINUTE: '0' };

/** So many events of a roster that it gets a snapshot, and that the tree over the log has full tiles. */
const EVENTS = 3_000;

/** Creates a directory in which every file of a `DATA_DIR` has something in it. */
export async function givenDirectory(): Promise<GivenDirectory> {
  const directory = temporaryDirectory();
  const start = (): Promise<TestService> => TestService.start({ env: { ...UNLIMITED, DATA_DIR: directory.path }, sends: ['mail'] });
  const first = await start();
  const app = await GivenApp.register(first, { licences: 1_000 });
  await app.invite('first');
  await (await first.as('operator@example.com', 'operator')).mutate('renameApp', { appId: app.appId, name: 'Another name' });
  while ((await waitingMessages(first)) > 0) await nextTurn();
  await first.close();
  await lengthen(directory.path, `app-${app.appId}`, EVENTS);
  const second = await start();
  const given = { directory, appId: app.appId, owner: app.owner.keapId };
  await write(second, given);
  while ((await waitingMessages(second)) > 0) await nextTurn();
  await second.close();
  return given;
}

export const nextTurn = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 5); });

/** What `/health/ready` answers. @throws Error when another address for monitoring does not answer 200. */
export async function ready({ url }: Running): Promise<string> {
  for (const path of ['/health/live', '/metrics']) {
    const { status, text } = await fetch(`${url}${path}`).then(async (response) => ({ status: response.status, text: await response.text() }));
    if (status !== 200 || text === '') throw new Error(`${path} answers ${status}.`);
  }
  const response = await fetch(`${url}/health/ready`);
  const { writes, checkpoints, readModels } = (await response.json()) as Json;
  const reason = writes ?? checkpoints ?? readModels;
  return reason === undefined ? String(response.status) : `${response.status} \`${reason.what}\``;
}

const saidIn = (status: number, [error]: Awaited<ReturnType<Person['ask']>>['errors']): string => `${status} \`${error?.extensions.code ?? ''}\`: ${error?.message.split(/[,.] /)[0] ?? ''}`;

let invited = 0;

/** What an invitation is answered, which needs a new key and new events. */
export async function write(service: Running, { appId, owner }: Pick<GivenDirectory, 'appId' | 'owner'>): Promise<string> {
  const { status, errors, data } = await (await service.as(owner)).ask('mutation ($input: InvitePartnerInput!) { invitePartner(input: $input) { __typename } }', { input: { appId, keapId: `new${++invited}@partners.example`, role: 'STANDARD' } });
  if (errors.length > 0) return saidIn(status, errors);
  return data.invitePartner.__typename === 'InvitePartnerSuccess' ? 'is written' : data.invitePartner.__typename;
}

/** What a list of users is answered. */
export async function query(service: Running, { appId, owner }: Pick<GivenDirectory, 'appId' | 'owner'>): Promise<string> {
  const { status, errors, data } = await (await service.as(owner)).ask('query ($appId: ID!) { app(appId: $appId) { users { totalCount nodes { keapId } } } }', { appId });
  if (errors.length > 0) return status === 500 ? '500 `INTERNAL_SERVER_ERROR`' : saidIn(status, errors);
  return data.app?.users.totalCount >= 2 && data.app.users.nodes.some(({ keapId }: Json) => keapId === owner) ? 'is answered' : 'is answered wrongly';
}

/** What an auditor's page of the history is answered. */
export async function history(service: Running, { appId }: Pick<GivenDirectory, 'appId'>): Promise<string> {
  const { status, errors } = await (await service.as('auditor@example.com', 'auditor')).ask('query ($appId: ID!) { membershipEvents(filter: { appId: $appId }, first: 5) { nodes { __typename } } }', { appId });
  return `the history ${errors.length === 0 ? 'is answered' : saidIn(status, errors)}`;
}

/** What looks into the past are answered, at two moments of which the second goes on from the first. */
export async function past(service: Running, { appId, owner }: Pick<GivenDirectory, 'appId' | 'owner'>, positions: readonly string[]): Promise<string> {
  const person = await service.as(owner);
  for (const position of positions) {
    const { status, errors, data } = await person.ask('query ($appId: ID!, $position: LogPosition) { app(appId: $appId, asOf: { position: $position }) { users { totalCount nodes { keapId } } } }', { appId, position });
    if (errors.length > 0) return `the past ${saidIn(status, errors)}`;
    if (!data.app.users.nodes.some(({ keapId }: Json) => keapId === owner)) return 'the past is answered wrongly';
  }
  return 'the past is answered';
}

/** What a proof of the first event is answered, while the tree may be filled again at any time. @throws Error when it is answered in another way. */
export async function proof(service: Running, { appId }: Pick<GivenDirectory, 'appId'>): Promise<string> {
  const auditor = await service.as('auditor@example.com', 'auditor');
  const { latestCheckpoint, membershipEvents } = await auditor.read('query ($appId: ID!) { latestCheckpoint { position } membershipEvents(filter: { appId: $appId }, first: 1) { nodes { position } } }', { appId });
  const { errors } = await auditor.ask('query ($position: LogPosition!, $checkpoint: LogPosition!) { inclusionProof(position: $position, checkpoint: $checkpoint) { path } }', { position: membershipEvents.nodes[0].position, checkpoint: latestCheckpoint?.position ?? '0000000000000000' });
  if (!errors.every(({ message }) => /cannot be proved (?:now|yet): the tree over the log is (?:damaged, and is being|being) filled/.test(message))) throw new Error(JSON.stringify(errors));
  return errors.length === 0 ? 'a proof is answered' : 'a proof is refused';
}

/** How many messages wait to be sent. */
export async function waitingMessages({ url }: Running): Promise<number> {
  return Number(/^mail_messages_waiting (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
}

/** Replaces the middle byte of a column of some rows by one that is in no text. */
export function flipInRow(file: string, table: string, column: string, where: string): void {
  const database = new Database(file);
  try {
    const [name] = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?").raw(true).all(table).map(String);
    const bytes = `CAST(${column} AS BLOB)`;
    database.exec(`UPDATE ${name ?? ''} SET ${column} = CAST(substr(${bytes}, 1, length(${bytes}) / 2) || x'ff' || substr(${bytes}, length(${bytes}) / 2 + 2) AS TEXT) WHERE ${where}`);
  } finally {
    database.close();
  }
}

/** Writes the values of a column back that a copy of the file, made before, holds. */
export function restoreRows(file: string, copy: string, table: string, key: string, column: string): void {
  const database = new Database(file);
  try {
    database.prepare('ATTACH ? AS whole').run(copy);
    database.exec(`UPDATE main.${table} SET ${column} = (SELECT ${column} FROM whole.${table} AS kept WHERE kept.${key} = ${table}.${key}) WHERE ${key} IN (SELECT ${key} FROM whole.${table})`);
  } finally {
    database.close();
  }
}

/** Inverts a byte of a file: of the header of a database, or at a place. */
export function flipByte(file: string, place = 110): void {
  const bytes = readFileSync(file);
  const at = Math.min(bytes.length - 2, place);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0xff, at);
  writeFileSync(file, bytes);
}

/** Inverts the middle byte of each occurrence of a text in a file. */
export function flipText(file: string, text: string): void {
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) bytes.writeUInt8((bytes[at + (text.length >> 1)] ?? 0) ^ 0xff, at + (text.length >> 1));
  writeFileSync(file, bytes);
}
