import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toRecorded } from '../../src/application/handling/append';
import { emptyContacts, evolveContacts } from '../../src/domain/contacts/state';
import type { ContactsEvent, RosterEvent } from '../../src/domain/events';
import { LIFTS } from '../../src/domain/eventVersions';
import { evolveRoster } from '../../src/domain/roster/evolve';
import { emptyRoster, ROSTER_VERSION } from '../../src/domain/roster/state';
import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../../src/domain/streams';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { domainEventOf } from '../../src/projections/engine/projection';
import { ProjectedTables } from '../projections/projectedTables';

const FOLDER = join(__dirname, '..', 'fixtures', 'events');
const NAME = /^([A-Za-z]+)\.v(\d+)\.json$/;
const files = readdirSync(FOLDER).filter((file) => NAME.test(file));
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** The fixtures as the store would return them, in order of time. */
function storedFixtures(): StoredEvent[] {
  const revisions = new Map<string, number>();
  const written = files.map((file): StoredEvent => JSON.parse(read(file))).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
  return written.map((event, index) => {
    const revision = (revisions.get(event.stream) ?? -1) + 1;
    revisions.set(event.stream, revision);
    return { ...event, id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, revision, position: String(index + 1).padStart(8, '0'), dataJson: JSON.stringify(event.data), hash: '' };
  });
}

/** The state as a text that differs when any name or value in it does. */
const textOf = (state: object): string => JSON.stringify(state, (_name, value: unknown) => (value instanceof Map ? { map: [...value] } : value));

describe('event fixtures', () => {
  it('exist for every version of every type, and match their file names', () => {
    const expected = Object.entries(LIFTS).flatMap(([type, lifts]) => Array.from({ length: lifts.length + 1 }, (_, index) => `${type}.v${index + 1}.json`));
    expect([...files].sort()).toEqual(expected.sort());
    for (const file of files) {
      const { type, schemaVersion }: StoredEvent = JSON.parse(read(file));
      expect(file).toBe(`${type}.v${schemaVersion}.json`);
    }
  });

  it('have never been edited', () => {
    const digests = files.map((file) => `${createHash('sha256').update(readFileSync(join(FOLDER, file))).digest('hex')}  ${file}`);
    expect(readFileSync(join(FOLDER, 'SHA256SUMS'), 'utf8').trim().split('\n').sort()).toEqual(digests.sort());
  });

  it('can be applied to the states of the deciders', () => {
    const roster = emptyRoster();
    const contacts = emptyContacts();
    let folded = 0;
    for (const event of storedFixtures()) {
      folded += 1;
      if (event.stream.startsWith(ROSTER_PREFIX)) evolveRoster(roster, toRecorded<RosterEvent>(event));
      else if (event.stream.startsWith(CONTACTS_PREFIX)) evolveContacts(contacts, toRecorded<ContactsEvent>(event));
      else expect(domainEventOf(event)).toMatchObject({ type: event.type, data: event.data });
    }
    expect(folded).toBe(files.length);
    expect(roster.licences).toBe(5);
    expect([...roster.users.values()].map(({ keapId, status }) => [keapId, status])).toEqual([
      ['Olivia@New.example', 'ACTIVE'], ['pia@example.com', 'REMOVED'], ['sam@example.com', 'REVOKED'], ['ada.admin@example.com', 'REMOVED'], ['sam@example.com', 'INVITED'],
      ['paul@example.com', 'INVITED'], ['uma@example.com', 'INVITED'],
    ]);
    expect([...contacts.assignees]).toEqual([['17', '4f6b0c1e-0000-4000-8000-000000000001']]);
  });

  it('give each version of the roster its own state, after every event', () => {
    const roster = emptyRoster();
    const digest = createHash('sha256').update(textOf(roster));
    for (const event of storedFixtures().filter(({ stream }) => stream.startsWith(ROSTER_PREFIX))) {
      evolveRoster(roster, toRecorded<RosterEvent>(event));
      digest.update(textOf(roster));
    }
    // A line is never edited. When the digest differs, raise ROSTER_VERSION, so that stored rosters are folded again, and add its line to the end of the file.
    const lines = readFileSync(join(FOLDER, 'ROSTER_VERSIONS'), 'utf8').trim().split('\n');
    expect(lines.at(-1)).toBe(`${ROSTER_VERSION} ${digest.digest('hex')}`);
    expect(lines.map((line) => Number(line.split(' ')[0]))).toEqual(lines.map((_, index) => index + 1));
  });

  it('can be applied to the read models', () => {
    const events = storedFixtures();
    const tables = ProjectedTables.of(events, '2026-03-02T09:00:00.000Z');
    const { nodes } = tables.readModels.userList.usersPage('gx624', { statuses: ['ACTIVE', 'REMOVED', 'REVOKED', 'INVITED'] }, { field: 'KEAP_ID', direction: 'ASC' }, {});
    expect(nodes.map(({ keapId, name, status, role }) => [keapId, name, status, role])).toEqual([
      ['ada.admin@example.com', 'Ada Admin', 'REMOVED', 'ADMIN'],
      ['Olivia@New.example', 'Olivia Own', 'ACTIVE', 'ADMIN'], ['paul@example.com', 'Paul Partner', 'INVITED', 'ADMIN'], ['pia@example.com', 'Pia Partner', 'REMOVED', 'ADMIN'],
      ['sam@example.com', null, 'REVOKED', 'STANDARD'], ['sam@example.com', 'Sam Heir', 'INVITED', 'STANDARD'], ['uma@example.com', null, 'INVITED', 'STANDARD'],
    ]);
    tables.close();
  });
});
