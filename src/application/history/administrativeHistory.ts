import { AUDITORS_ACTS } from '../../domain/administration';
import type { EventStore } from '../../eventstore/eventStore';
import type { AdministrativeEventsQueries } from '../../projections/administrativeEvents/queries';
import type { MembershipEventsFilter } from '../../projections/membershipEvents/rows';
import { Page, type PageArguments } from '../../projections/paging/page';
import { administrativeEntryOf, type HistoryEntry, placeOfKey } from './entries';
import { readEventsAt } from './eventsAt';

/** Who reads what operators and auditors did. Only auditors read what auditors read. */
export type AdministrationReader = 'OPERATOR' | 'AUDITOR';

/** The history of what operators and auditors did. Events are found in an index and read from the log. */
export class AdministrativeHistory {
  constructor(
    private readonly store: EventStore,
    private readonly index: AdministrativeEventsQueries,
  ) {}

  /**
   * Reads a page of the administrative events that match the filter, in log order.
   * @throws InvalidPage, InvalidCursor, FilterTooWide, StoreUnavailable
   */
  async page(filter: MembershipEventsFilter, reader: AdministrationReader, pageArguments: PageArguments): Promise<Page<HistoryEntry>> {
    const page = this.index.page(filter, reader === 'AUDITOR', pageArguments);
    const entries = (await readEventsAt(this.store, page.nodes)).map((stored) => {
      const entry = administrativeEntryOf(stored);
      if (!entry) throw new Error(`${stored.type} at revision ${stored.revision} of ${stored.stream} is no administrative event, although the read models have one there.`);
      return entry;
    });
    const cursors = new Map(page.edges.map(({ node, cursor }) => [node.position, cursor]));
    return new Page(entries, page.pageInfo, ({ stored }) => cursors.get(stored.position) ?? '');
  }

  /**
   * Returns the administrative event of an app with this key (see `keyOfEvent`); null when there is none that the reader may read.
   * @throws StoreUnavailable
   */
  async entry(appId: string, key: string, reader: AdministrationReader): Promise<HistoryEntry | null> {
    const place = placeOfKey(appId, key);
    if (!place) return null;
    for await (const stored of this.store.readStream(place.stream, { fromRevision: place.revision, maxCount: 1 })) {
      const entry = administrativeEntryOf(stored);
      return entry?.appId === appId && (reader === 'AUDITOR' || !AUDITORS_ACTS.includes(stored.type)) ? entry : null;
    }
    return null;
  }
}
