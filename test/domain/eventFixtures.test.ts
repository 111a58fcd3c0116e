import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toRecorded } from '../../src/application/recordedEvent';
import { emptyContacts, evolveContacts } from '../../src/domain/contacts/contactsState';
import type { ContactsEvent, RosterEvent } from '../../src/domain/events';
import { currentVersion, eventTypes } from '../../src/domain/eventVersions';
import { evolveRoster } from '../../src/domain/roster/rosterEvolve';
import { emptyRoster } from '../../src/domain/roster/rosterState';
import { CONTACTS_PREFIX, ROSTER_PREFIX } from '../../src/domain/streamNames';
import type { StoredEvent } from '../../src/eventstore/eventStore';
import { domainEventOf } from '../../src/projections/projectedEvent';
import { ProjectedTables } from '../projections/projectedTables';

const FOLDER = join(__dirname, '..', 'fixtures', 'events');
const NAME = /^([A-Za-z]+)\.v(\d+)\.json$/;
const files = readdirSync(FOLDER).filter((file) => NAME.test(file));
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

/** Each fixture as the store would give it, in order of time. */
function storedFixtures(): StoredEvent[] {
  const revisions = new Map<string, number>();
  const written = files.map((file): StoredEvent => JSON.parse(read(file))).sort((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
  return written.map((event, index) => {
    const revision = (revisions.get(event.stream) ?? -1) + 1;
    revisions.set(event.stream, revision);
    return { ...event, id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`, revision, position: String(index + 1).padStart(8, '0'), dataJson: JSON.stringify(event.data), hash: '' };
  });
}

describe('fixtures of events', () => {
  it('are there for every type in every version up to today\'s, and say what their name says', () => {
    const expected = eventTypes().flatMap((type) => Array.from({ length: currentVersion(type) }, (_, index) => `${type}.v${index + 1}.json`));
    expect([...files].sort()).toEqual(expected.sort());
    for (const file of files) {
      const { type, schemaVersion }: StoredEvent = JSON.parse(read(file));
      expect(file).toBe(`${type}.v${schemaVersion}.json`);
    }
  });

  it('have never been edited: what was written once is read for ever', () => {
    const digests = files.map((file) => `${createHash('sha256').update(readFileSync(join(FOLDER, file))).digest('hex')}  ${file}`);
    expect(readFileSync(join(FOLDER, 'SHA256SUMS'), 'utf8').trim().split('\n').sort()).toEqual(digests.sort());
  });

  it('fold into the state that decisions are made on', () => {
    const roster = emptyRoster();
    const contacts = emptyContacts();
    let folded = 0;
    for (const event of storedFixtures()) {
      folded += 1;
      if (event.stream.startsWith(ROSTER_PREFIX)) evolveRoster(roster, toRecorded<RosterEvent>(event));
      else if (event.stream.startsWith(CONTACTS_PREFIX)) evolveContacts(contacts, toRecorded<ContactsEvent>(event));
      else expect(domainEventOf(event)).toEqual({ type: event.type, data: event.data });
    }
    expect(folded).toBe(files.length);
    expect(roster.licences).toBe(5);
    expect([...roster.users.values()].map(({ keapId, status }) => [keapId, status])).toEqual([
      ['Olivia.Owner@example.com', 'ACTIVE'], ['pia@example.com', 'REMOVED'], ['sam@example.com', 'DECLINED'],
    ]);
    expect([...contacts.assignees]).toEqual([['17', '4f6b0c1e-0000-4000-8000-000000000001']]);
  });

  it('fold into the read models', () => {
    const events = storedFixtures();
    const tables = ProjectedTables.of(events, '2026-03-02T09:00:00.000Z');
    const { nodes } = tables.readModels.userList.usersPage('gx624', { statuses: ['ACTIVE', 'REMOVED', 'DECLINED'] }, { field: 'KEAP_ID', direction: 'ASC' }, {});
    expect(nodes.map(({ keapId, name, status, role }) => [keapId, name, status, role])).toEqual([
      ['Olivia.Owner@example.com', 'Olivia Owner', 'ACTIVE', 'ADMIN'], ['pia@example.com', 'Pia Partner', 'REMOVED', 'ADMIN'], ['sam@example.com', null, 'DECLINED', 'STANDARD'],
    ]);
    tables.close();
  });
});
