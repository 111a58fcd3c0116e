import { AdministrativeEventsDocument, HistoryDocument, type HistoryQuery, type HistoryQueryVariables, type MembershipEventFilter, MembershipEventsDocument, type SentenceFieldsFragment } from '@partner-access/client';
import type { Client, CombinedError } from 'urql';
import { codeOf } from '../../../api/codes';

/** Events as far as a person has scrolled, newest first. */
export interface FeedState {
  /** Null until the first answer. */
  readonly events: readonly SentenceFieldsFragment[] | null;
  /** How many have arrived while the person reads further down. */
  readonly waiting: number;
  /** Positions of those that arrived a moment ago. */
  readonly fresh: ReadonlySet<string>;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly isForbidden: boolean;
  readonly error: CombinedError | null;
}

/** A list of events: how a page of it is read, and whether new events are followed. */
export interface EventSource {
  readonly read: (client: Client, variables: HistoryQueryVariables) => Promise<{ readonly page: HistoryQuery['membershipEvents'] | undefined; readonly error: CombinedError | undefined }>;
  readonly isFollowed: boolean;
}

const network = { requestPolicy: 'network-only' } as const;

/** The history of apps. */
export const HISTORY: EventSource = {
  read: async (client, variables) => {
    const { data, error } = await client.query(HistoryDocument, variables, network);
    return { page: data?.membershipEvents, error };
  },
  isFollowed: true,
};

/** What operators and auditors did. It is not followed: each look of an auditor is an event itself. */
export const ADMINISTRATIVE_EVENTS: EventSource = {
  read: async (client, variables) => {
    const { data, error } = await client.query(AdministrativeEventsDocument, variables, network);
    return { page: data?.administrativeEvents, error };
  },
  isFollowed: false,
};

const PAGE = 50;
/** How long an event that arrived is marked. */
const MARKED_MS = 10_000;
/** Before the first event of a log. */
const BEFORE_ALL = '0';

const START: FeedState = { events: null, waiting: 0, fresh: new Set(), hasMore: false, isLoading: true, isForbidden: false, error: null };

/** Reads the events of a filter from the newest on, page by page, and follows those that are added, without a gap and each once. */
export class EventFeed {
  #state = START;
  readonly #listeners = new Set<() => void>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #waiting: readonly SentenceFieldsFragment[] = [];
  #isHeld = false;
  #cursor: string | null = null;
  #newest = BEFORE_ALL;
  #turn = 0;
  #stopFollowing = (): void => undefined;

  /** @param onArrived is told of each event that is added. */
  constructor(
    private readonly client: Client,
    private readonly source: EventSource,
    private readonly filter: MembershipEventFilter,
    private readonly onArrived: (event: SentenceFieldsFragment) => void,
  ) {}

  readonly state = (): FeedState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Reads from the newest event on. */
  readonly start = (): void => {
    this.stop();
    this.#waiting = [];
    this.#set(START);
    void this.#read(null);
  };

  readonly stop = (): void => {
    this.#turn += 1;
    this.#stopFollowing();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  };

  readonly readMore = (): void => {
    if (!this.#state.isLoading && this.#cursor !== null) void this.#read(this.#cursor);
  };

  /** Keeps events that arrive back as long as the person reads further down, so that nothing moves under their eyes. */
  readonly hold = (isHeld: boolean): void => {
    this.#isHeld = isHeld;
    if (isHeld || this.#waiting.length === 0) return;
    const arrived = this.#waiting;
    this.#waiting = [];
    this.#show(arrived);
  };

  async #read(before: string | null): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    this.#set({ isLoading: true, error: null });
    const page = { last: PAGE, ...(before === null ? {} : { before }) };
    const { page: read, error } = await this.source.read(this.client, { filter: this.filter, ...page });
    if (turn !== this.#turn) return;
    if (read === undefined) {
      this.#fail(error);
      return;
    }
    const { nodes, pageInfo } = read;
    this.#cursor = pageInfo.hasPreviousPage ? pageInfo.startCursor : null;
    this.#set({ events: [...(before === null ? [] : this.#state.events ?? []), ...nodes.toReversed()], hasMore: this.#cursor !== null, isLoading: false });
    if (before === null && this.source.isFollowed) this.#follow(nodes.at(-1)?.position ?? BEFORE_ALL);
  }

  #follow(after: string): void {
    this.#newest = after;
    const following = this.client.subscription(MembershipEventsDocument, { filter: { ...this.filter, afterPosition: after } }).subscribe(({ data, error }) => {
      if (data !== undefined) this.#take(data.membershipEvents);
      else if (error !== undefined) this.#fail(error);
    });
    this.#stopFollowing = () => following.unsubscribe();
  }

  /** After an interruption of the connection the service begins at the same position again. */
  #take(event: SentenceFieldsFragment): void {
    if (event.position <= this.#newest) return;
    this.#newest = event.position;
    if (this.#isHeld) {
      this.#waiting = [event, ...this.#waiting];
      this.#set({ waiting: this.#waiting.length });
    } else {
      this.#show([event]);
    }
    this.onArrived(event);
  }

  #show(arrived: readonly SentenceFieldsFragment[]): void {
    const positions = arrived.map(({ position }) => position);
    this.#set({ events: [...arrived, ...(this.#state.events ?? [])], waiting: 0, fresh: new Set([...this.#state.fresh, ...positions]) });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#set({ fresh: new Set([...this.#state.fresh].filter((position) => !positions.includes(position))) });
    }, MARKED_MS);
    this.#timers.add(timer);
  }

  #fail(error: CombinedError | undefined): void {
    this.#set({ isLoading: false, error: error ?? null, isForbidden: codeOf(error?.graphQLErrors) === 'FORBIDDEN' });
  }

  #set(changes: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
