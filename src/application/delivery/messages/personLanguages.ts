import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { LanguageEvent } from '../../../domain/events';
import { languageStream } from '../../../domain/streams';
import { type EventStore, NO_STREAM, StoreUnavailable } from '../../../eventstore/eventStore';
import { type Caller, type Clock, eventTime } from '../../commandTypes';
import { appendInRun, lastEventOf, newRun, retryOnConflict, toRecorded } from '../../handling/append';
import { type Language, languageOf } from './languages';

/** People whose language was looked at; beyond it, the least recently seen one is looked at again. */
const REMEMBERED_PEOPLE = 10_000;
/** A change within this time is not recorded, so that tokens that disagree do not fill the log. */
const REMEMBERED_MS = 60_000;

/**
 * The languages of people who have signed in, by their address. Each address has one short stream, whose name is a keyed hash that
 * does not reveal the address.
 */
export class PersonLanguages {
  readonly #seen = new LRUCache<string, true>({ max: REMEMBERED_PEOPLE, ttl: REMEMBERED_MS });

  /** @param byDefault language of people whose own is not known. */
  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly secretKey: Buffer,
    private readonly byDefault: Language,
  ) {}

  /** Returns the language to write to this address in: that of its last sign-in, if there are texts in it. @throws StoreUnavailable */
  async languageFor(keapIdNormalized: string): Promise<Language> {
    return this.#textsFor((await this.#last(keapIdNormalized))?.data.language);
  }

  /**
   * Records the language of a sign-in where messages change by it. Records nothing while the store cannot be reached.
   * @param language primary subtag of the sign-in's locale, such as `de`.
   */
  async note(caller: Caller, language: string): Promise<void> {
    const { keapId } = caller.actor;
    if (keapId === null || this.#seen.has(keapId)) return;
    try {
      await retryOnConflict(async () => {
        const last = await this.#last(keapId);
        if (this.#textsFor(last?.data.language) === this.#textsFor(language)) return;
        const event: LanguageEvent = { type: 'LanguageNoted', data: { language } };
        const time = eventTime(this.clock.now(), last?.occurredAt ?? '');
        await appendInRun(this.store, newRun(caller), { stream: this.#stream(keapId), events: [event], time, expectedRevision: last?.revision ?? NO_STREAM });
      });
      this.#seen.set(keapId, true);
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }

  async #last(keapIdNormalized: string): Promise<ReturnType<typeof toRecorded<LanguageEvent>> | undefined> {
    const stored = await lastEventOf(this.store, this.#stream(keapIdNormalized));
    return stored && toRecorded<LanguageEvent>(stored);
  }

  #textsFor(language: string | undefined): Language {
    return languageOf(language ?? '') ?? this.byDefault;
  }

  #stream(keapIdNormalized: string): string {
    return languageStream(createHmac('sha256', this.secretKey).update(`language\0${keapIdNormalized}`).digest('hex').slice(0, 32));
  }
}
