import { canonicalJson } from '../../eventstore/eventHash';
import { isErasedText, type JsonObject, type JsonValue } from '../../eventstore/eventStore';
import { ACTOR, envelopesIn, isErasedPerson, isSealedPerson, openPerson, PERSON, type PlacedEnvelope } from '../../eventstore/people/envelope';
import type { CloudEvent } from '../events';
import type { ToldOfPeople } from '../review/bundle';

/** Tells whether everything that a line of a bundle discloses is what the disclosed keys open, or about an erased person. */
export function isDisclosureProved(event: CloudEvent): boolean {
  const inData = envelopesIn(event.data);
  return isProved(event, PERSON, inData.filter(({ place }) => place === PERSON), (content) => isErasedPerson(content), ([opened]) => opened?.content) &&
    isProved(event, 'texts', inData.filter(({ place }) => place !== PERSON), (content) => Object.values(content).every(isErasedText), textsOf) &&
    isProved(event, ACTOR, actorOf(event), (content) => isErasedPerson(content), ([opened]) => opened?.content);
}

interface Opened {
  readonly place: string;
  readonly content: JsonObject;
}

/** What the line of an event tells in plain text of what it holds sealed. */
export const toldIn = (event: CloudEvent): ToldOfPeople => ({ person: jsonOf(event, 'personjson'), texts: jsonOf(event, 'textsjson'), actor: jsonOf(event, 'actorjson') });

function jsonOf(event: CloudEvent, name: string): JsonValue {
  try {
    return event.has(name) ? (JSON.parse(event.text(name)) as JsonValue) : null;
  } catch {
    return null;
  }
}

/** The actor and the request that an event's metadata name. */
export function namedIn(metadataJson: string): object {
  try {
    const { actorId, correlationId } = JSON.parse(metadataJson) as Readonly<Record<string, unknown>>;
    return { actorId, correlationId };
  } catch {
    return {};
  }
}

function isProved(event: CloudEvent, name: string, envelopes: readonly PlacedEnvelope[], isErased: (content: JsonObject) => boolean, told: (opened: readonly Opened[]) => JsonObject | undefined): boolean {
  if (!event.has(`${name}json`) && !event.has(`${name}key`)) return true;
  if (envelopes.length === 0) return false;
  const text = event.text(`${name}json`);
  try {
    if (!event.has(`${name}key`)) return isErased(JSON.parse(text) as JsonObject);
    const key = Buffer.from(event.text(`${name}key`), 'base64url');
    const content = told(envelopes.map(({ place, envelope }) => ({ place, content: openPerson(envelope, key, event.text('id'), place) })));
    return content !== undefined && canonicalJson(content) === text;
  } catch {
    return false;
  }
}

const textsOf = (opened: readonly Opened[]): JsonObject => Object.fromEntries(opened.flatMap(({ place, content: { text } }) => (text === undefined ? [] : [[place, text]])));

function actorOf(event: CloudEvent): readonly PlacedEnvelope[] {
  try {
    const { actor } = JSON.parse(event.text('metadatajson')) as JsonObject;
    return isSealedPerson(actor) ? [{ place: ACTOR, envelope: actor }] : [];
  } catch {
    return [];
  }
}

/** The value when it is a text. */
export const textOrNull = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null);
