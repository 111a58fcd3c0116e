import { reviewStream, rosterStream } from '../../domain/streams';
import { canonicalJson } from '../../eventstore/eventHash';
import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import { bundleLine, type CloudEvent, UnreadableLine } from '../events';
import { dataAsTold, NOTHING_TOLD, personLineId, reportedEvent, REVIEW_TYPE, REVIEWED_PERSON_TYPE, type ToldOfPeople } from '../review/bundle';
import { ReviewFold, type ReviewReport, toldBy } from '../review/report';
import type { Finding } from './findings';

/** A line that sums events up for people. */
interface ReadableLine {
  readonly type: string;
  readonly id: string;
  readonly data: JsonObject;
  /** Whether the line holds these data and nothing else. */
  readonly isPlain: boolean;
}

/** What differs in words: names of the fields of a line. */
const WORDS: Readonly<Record<string, string>> = {
  app: 'app', appName: 'name of the app', reviewId: 'id of the review', note: 'note', position: 'position of the list that was reviewed', startedAt: 'time of the start', startedBy: 'initiator',
  dueAt: 'time until which it was due', finishedAt: 'time of the sign-off', finishedBy: 'signatory', people: 'number of people', kept: 'number of people who keep their access',
  removed: 'number of people who do not', signOff: 'event of the sign-off', number: 'place in the list', userId: 'user id', keapId: 'Keap ID', name: 'name', kind: 'kind', role: 'role',
  decision: 'decision', remark: 'remark', decidedAt: 'time of the decision', decidedBy: 'reviewer', actorId: 'sign-in', eventId: 'id', hash: 'hash',
};

/** Checks a bundle of an access review: that its events are those of a signed-off review, and that the lines for people say what they say. */
export class ReviewCheck {
  readonly #fold: ReviewFold;
  readonly #lines: ReadableLine[] = [];
  readonly #named: Parameters<ReviewFold['take']>[0][] = [];
  readonly #stream: string;
  readonly #roster: string;

  constructor(
    reviewId: string,
    appId: string | null,
  ) {
    this.#fold = new ReviewFold(reviewId);
    this.#stream = reviewStream(reviewId);
    this.#roster = rosterStream(appId ?? '');
  }

  /** Takes a line, unless it is that of an event. @returns whether it did. @throws UnreadableLine */
  takeLine(line: CloudEvent, text: string): boolean {
    const { type, storeId } = line;
    if (type !== REVIEW_TYPE && type !== REVIEWED_PERSON_TYPE) return false;
    const id = line.text('id');
    this.#lines.push({ type, id, data: line.data, isPlain: text === bundleLine(storeId, type, id, line.data) });
    return true;
  }

  /** Takes an event. @param told what its line tells of what is sealed in it. @throws UnreadableLine when its data have another shape than those of its type. */
  takeEvent(line: CloudEvent, told: ToldOfPeople): void {
    if (!isShaped(line.eventType, dataAsTold(line.data, told))) throw new UnreadableLine('its data are not those of an event of its type');
    const reported = reportedEvent({
      type: line.eventType, schemaVersion: line.number('schemaversion'), data: line.data, id: line.text('id'), position: line.text('position'), occurredAt: line.text('time'),
      hash: line.text('hash'), metadata: { actorId: line.text('actorid') },
    }, told);
    if (!reported) return;
    if (line.text('subject') === this.#stream) this.#fold.take(reported);
    else this.#named.push(reported);
  }

  /** Whether the bundle has this event: all of the review, and of the app those that say who people are. */
  has({ stream, type, schemaVersion, data }: { readonly stream: string; readonly type: string; readonly schemaVersion: number; readonly data: JsonObject }): boolean {
    if (stream === this.#stream) return true;
    const reported = reportedEvent({ type, schemaVersion, data, id: '', position: '', occurredAt: '', hash: '', metadata: { actorId: '' } }, NOTHING_TOLD);
    return stream === this.#roster && reported !== undefined && Object.keys(toldBy(reported.event)).length > 0;
  }

  /** Whether the bundle has only some of the events of a stream. */
  isPartial(stream: string): boolean {
    return stream !== this.#stream;
  }

  /** The review as its events say it, and what is wrong with it. */
  result(): { readonly report: ReviewReport | null; readonly findings: readonly Finding[] } {
    const problems = this.#fold.problems();
    for (const named of this.#named) this.#fold.take(named);
    const report = this.#fold.report();
    if (problems.length > 0 || report === null) {
      return { report: null, findings: problems.map((problem): Finding => ({ what: 'REVIEW_NOT_SIGNED_OFF', stream: this.#stream, message: `These are not the events of a review that was signed off. ${problem}` })) };
    }
    const expected = [
      { type: REVIEW_TYPE, id: 'review', data: report.review, about: 'the review' },
      ...report.people.map((person) => ({ type: REVIEWED_PERSON_TYPE, id: personLineId(person.number), data: person, about: `person ${person.number}, ${person.keapId ?? person.userId}` })),
    ];
    const findings = expected.flatMap((one, index) => this.#differences(one, this.#lines[index]));
    if (this.#lines.length > expected.length) findings.push(this.#changed(`It has ${this.#lines.length - expected.length} more lines than people.`));
    return { report, findings };
  }

  #differences({ type, id, data, about }: Omit<ReadableLine, 'isPlain'> & { readonly about: string }, line: ReadableLine | undefined): Finding[] {
    if (!line) return [this.#changed(`The line of ${about} is missing.`)];
    if (line.type !== type || line.id !== id) return [this.#changed(`Another line stands where that of ${about} belongs.`)];
    if (!line.isPlain) return [this.#changed(`The line of ${about} holds something that does not belong there.`)];
    return this.#changedFields(data, line.data, about);
  }

  #changedFields(signed: JsonObject, told: JsonObject, about: string): Finding[] {
    return [...new Set([...Object.keys(signed), ...Object.keys(told)])].flatMap((field) => {
      const [one, other] = [told[field], signed[field]];
      const word = `${WORDS[field] ?? 'field'} of ${about}`;
      if (other === undefined) return [this.#changed(`The line of ${about} has a field that does not belong there.`)];
      if (isObject(one) && isObject(other)) return this.#changedFields(other, one, `the ${word}`);
      return shown(one) === shown(other) ? [] : [this.#changed(`The ${word} is ${shown(one)} in its line, and ${shown(other)} in the signed events.`)];
    });
  }

  #changed(message: string): Finding {
    return { what: 'REVIEW_CHANGED', stream: this.#stream, message };
  }
}

const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: JsonValue | undefined): string => (value === undefined ? 'missing' : value === null ? 'empty' : canonicalJson(value));

const isText = (value: JsonValue | undefined): boolean => typeof value === 'string';
const isTextOrNull = (value: JsonValue | undefined): boolean => value === null || isText(value);
const isCount = (value: JsonValue | undefined): boolean => Number.isSafeInteger(value);
const isListOf = (isItem: (value: JsonValue) => boolean) => (value: JsonValue | undefined): boolean => Array.isArray(value) && value.every(isItem);
const isPerson = (value: JsonValue): boolean => typeof value === 'object' && value !== null && 'userId' in value && isText(value['userId']) && isText(value['kind']) && isText(value['role']);

/** What the check relies on in the data of events. A file may hold anything. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, (value: JsonValue | undefined) => boolean>>>> = {
  AccessReviewStarted: { appId: isText, position: isText, note: isTextOrNull, dueAt: isTextOrNull, startedAs: isText, people: isCount },
  AccessReviewListed: { people: isListOf(isPerson) },
  AccessDecided: { userIds: isListOf(isText), decision: isText, remark: isTextOrNull },
  AccessReviewFinished: { kept: isCount, removed: isCount },
  AppRegistered: { name: isText },
  AppRenamed: { name: isText },
  OwnerAdded: { userId: isText },
  PartnerInvited: { userId: isText },
  UserInvited: { userId: isText },
  InvitationMoved: { userId: isText },
  PersonUpdated: { userId: isText },
  AdminAppointed: { userId: isText },
  InvitationAccepted: { userId: isText, personId: isTextOrNull },
  PersonBound: { userId: isText, personId: isText },
  UserRebound: { userId: isText, toPersonId: isTextOrNull },
};

const isShaped = (type: string, data: JsonObject): boolean => !Object.hasOwn(SHAPES, type) || Object.entries(SHAPES[type] ?? {}).every(([field, isValid]) => isValid(data[field]));
