import { holderOf } from '../projections/engine/changeSubjects';
import type { ReadModelDatabase } from '../projections/engine/database';
import type { PersonKey } from '../projections/userList/rows';
import type { ReadModels } from '../projections/readModels';

/** What a query of the read models is about. */
interface Subjects {
  readonly appIds: readonly string[];
  /** The normalized Keap ID whose holder the result depends on; absent where it depends on none. */
  readonly keapId?: string;
}

type SubjectsOf = (...given: readonly never[]) => Subjects;

const app: SubjectsOf = (appId: string) => ({ appIds: [appId] });
const apps: SubjectsOf = (appIds: readonly string[]) => ({ appIds });
const appsOf: SubjectsOf = (keys: readonly { readonly appId: string }[]) => ({ appIds: keys.map(({ appId }) => appId) });
const appOf: SubjectsOf = ({ appId }: { readonly appId: string }) => ({ appIds: [appId] });
const appAndHolder: SubjectsOf = (appId: string, { keapIdNormalized }: PersonKey) => ({ appIds: [appId], keapId: keapIdNormalized });

/** Queries whose results change only with what they are about, or when an invitation there expires. */
const RECORDED_QUERIES: { readonly [Part in keyof ReadModels]?: Readonly<Record<string, SubjectsOf>> } = {
  userList: {
    app, appsByIds: apps, userOfPerson: appAndHolder, usersByIds: appsOf, knownUser: appOf, usersPage: app, totalCount: app, statusCounts: app, licenceUsage: apps, invitationsByIds: appsOf,
  },
  people: { peopleInApps: appsOf },
  assignedContacts: { counts: appsOf },
};

/** An answer about more apps is not kept, so that what is recorded of one takes little memory. */
const MAX_APPS = 20;

/** A record of what a request has read from the live read models, by which it is known later whether its answer is still fresh. */
export class ReadRecord {
  /** The version of each app, and of the holder of each Keap ID, when it was read first. */
  readonly #versions = new Map<string, number>();
  readonly #appIds = new Set<string>();
  readonly #from: string;
  readonly #generation: number;
  #isComplete = true;

  constructor(
    private readonly database: Pick<ReadModelDatabase, 'versionOf' | 'generation'>,
    private readonly nextExpiry: (appId: string) => string | null,
    private readonly now: () => string,
  ) {
    this.#from = now();
    this.#generation = database.generation;
  }

  /** Notes a query of the read models. */
  note(part: keyof ReadModels, query: string, given: readonly unknown[]): void {
    if (!this.#isComplete) return;
    const subjectsOf = RECORDED_QUERIES[part]?.[query];
    if (subjectsOf === undefined) {
      this.spoil();
      return;
    }
    const { appIds, keapId } = subjectsOf(...(given as readonly never[]));
    for (const appId of appIds) {
      this.#appIds.add(appId);
      this.#see(appId);
    }
    if (keapId !== undefined) this.#see(holderOf(keapId));
    if (this.#appIds.size > MAX_APPS) this.spoil();
  }

  #see(subject: string): void {
    if (!this.#versions.has(subject)) this.#versions.set(subject, this.database.versionOf(subject));
  }

  /** Notes that the answer depends on something else, which is not recorded. */
  spoil(): void {
    this.#isComplete = false;
    this.#appIds.clear();
    this.#versions.clear();
  }

  /**
   * Returns a function that tells whether reading again would give the same. Null when that cannot be told, because something that is not recorded was read,
   * or because something has changed already.
   */
  freshness(): (() => boolean) | null {
    if (!this.#isComplete || this.#appIds.size === 0) return null;
    const until = [...this.#appIds].map((appId) => this.nextExpiry(appId)).reduce((one, other) => (one === null || (other !== null && other < one) ? other : one), null);
    const isFresh = (): boolean => {
      const now = this.now();
      if (now < this.#from || (until !== null && until <= now) || this.database.generation !== this.#generation) return false;
      for (const [subject, version] of this.#versions) if (this.database.versionOf(subject) !== version) return false;
      return true;
    };
    return isFresh() ? isFresh : null;
  }
}
