import { ADMINISTRATIVE_TYPES, AUDITORS_ACTS } from '../../domain/administration';
import type { ReadModelDatabase } from '../engine/database';
import { EventPages } from '../membershipEvents/paging';
import type { MembershipEventRow, MembershipEventsFilter } from '../membershipEvents/rows';
import type { Page, PageArguments } from '../paging/page';
import { ADMINISTRATIVE_EVENTS_INDEX } from './projection';

const OPERATORS_TYPES = ADMINISTRATIVE_TYPES.filter((type) => !AUDITORS_ACTS.includes(type));

/** Queries for what operators and auditors did. They return places in the log, not the events themselves. */
export class AdministrativeEventsQueries {
  readonly #pages: EventPages;

  constructor(database: ReadModelDatabase) {
    this.#pages = new EventPages(database, ADMINISTRATIVE_EVENTS_INDEX);
  }

  /**
   * Returns a page of the administrative events that match the filter, in log order.
   * @param withReads whether the reads of auditors are among them.
   * @throws InvalidPage; InvalidCursor; FilterTooWide for a Keap ID with more than 100 users.
   */
  page(filter: MembershipEventsFilter, withReads: boolean, page: PageArguments): Page<MembershipEventRow> {
    return this.#pages.page(withReads ? filter : { ...filter, types: filter.types?.filter((type) => OPERATORS_TYPES.includes(type)) ?? OPERATORS_TYPES }, page);
  }
}
