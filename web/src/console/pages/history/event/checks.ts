import type { HistoryTexts } from '../../../texts/history/historyTexts';
import { type Checkpoint, type Evidence, MOST_BEFORE, type StoredEvent } from './evidence';
import { hashOfText, isSigned, keyIdOf, rootOf } from './proof';

/** The result of one check, with the values of the sentence that says it. */
export interface Check {
  /** Whether it fits; null when it could not be checked. */
  readonly fits: boolean | null;
  readonly text: keyof HistoryTexts['checks'];
  readonly values: Readonly<Record<string, string | number>>;
}

const FIRST_PREVIOUS_HASH = '0'.repeat(64);
const HASH_LENGTH = 64;
const FORMAT = 'partner-access checkpoint 1';

const check = (fits: boolean | null, text: Check['text'], values: Check['values'] = {}): Check => ({ fits, text, values });

/** The hash of the event before it in its stream, with which the hashed text begins. */
export const previousHashOf = ({ hashedText }: StoredEvent): string => hashedText.slice(0, HASH_LENGTH);

/** Checks in the browser that an event is what was stored, that it stands behind the one before it, and that it is in the signed log. */
export async function checksOf(event: StoredEvent, { previous, proof }: Evidence): Promise<readonly Check[]> {
  return [await hashCheck(event), contentsCheck(event), chainCheck(event, previous), ...await proofChecks(event, proof)];
}

/** What the service puts in place of the address and the client of somebody else, in events of before these were encrypted. */
const WITHHELD = /"client(?:Address|Name|Version)":"withheld"/;

/** What it puts in place of a person whom the reader may not see, in events of before people were encrypted. */
const WITHOUT_PERSON = '"person":"withheld"';

async function hashCheck({ hashedText, hash }: StoredEvent): Promise<Check> {
  if (WITHHELD.test(hashedText)) return check(null, 'hashWithheld');
  if (hashedText.includes(WITHOUT_PERSON)) return check(null, 'hashWithoutPerson');
  const computed = await hashOfText(hashedText);
  return computed === hash ? check(true, 'hashFits') : check(false, 'hashWrong', { computed });
}

/** Which of the values that the page shows are not those of the hashed text. */
function differencesOf(event: StoredEvent): readonly string[] {
  const { hashedText, data, eventId, type, occurredAt, revision, stream, actorId, correlationId, causationId } = event;
  const text = hashedText.slice(HASH_LENGTH);
  let said: Readonly<Record<string, unknown>>;
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    return ['hashedText'];
  }
  const metadata = (said['metadata'] ?? {}) as Readonly<Record<string, unknown>>;
  const shown = { id: eventId, type, occurredAt, stream };
  const causes = { actorId, correlationId, causationId };
  return [
    ...(text.startsWith(`{"data":${data},"id":`) ? [] : ['data']),
    ...Object.entries(shown).filter(([name, value]) => said[name] !== value).map(([name]) => name),
    ...(String(said['revision']) === revision ? [] : ['revision']),
    ...Object.entries(causes).filter(([name, value]) => metadata[name] !== value).map(([name]) => name),
  ];
}

function contentsCheck(event: StoredEvent): Check {
  const different = differencesOf(event);
  return different.length === 0 ? check(true, 'contentsFit') : check(false, 'contentsWrong', { fields: different.join(', ') });
}

function chainCheck(event: StoredEvent, previous: Evidence['previous']): Check {
  const hash = previousHashOf(event);
  const revision = String(Number(event.revision) - 1);
  if (previous === undefined) return check(null, 'chainOpen', { revision, count: MOST_BEFORE });
  if (previous === null) return hash === FIRST_PREVIOUS_HASH ? check(true, 'chainBegins') : check(false, 'chainBeginsWrong');
  return hash === previous.hash ? check(true, 'chainFits', { revision }) : check(false, 'chainWrong', { revision });
}

async function proofChecks(event: StoredEvent, proof: Evidence['proof']): Promise<readonly Check[]> {
  switch (proof.kind) {
    case 'forbidden': return [check(null, 'proofForbidden')];
    case 'noCheckpoint': return [check(null, 'proofWithoutCheckpoint')];
    case 'refused': return [check(null, 'proofRefused', { message: proof.message })];
    case 'notCovered': return [check(null, 'proofNotYet', { time: proof.checkpoint.time }), await statementCheck(proof.checkpoint), ...await signatureChecks(proof.checkpoint)];
    case 'proof': {
      const { checkpoint, inclusion } = proof;
      const { events, root } = checkpoint;
      const isOfBoth = inclusion.eventHash === event.hash && inclusion.treeSize === events && inclusion.root === root;
      const fits = isOfBoth && (await rootOf(event.hash, inclusion)) === root;
      return [check(fits, fits ? 'proofFits' : 'proofWrong', { number: inclusion.leafIndex + 1, events }), await statementCheck(checkpoint), ...await signatureChecks(checkpoint)];
    }
  }
}

/** The signature is of a text; what the page takes from the checkpoint has to be what this text says. */
async function statementCheck({ statement, storeId, position, events, root, time }: Checkpoint): Promise<Check> {
  const shown = { format: FORMAT, storeId, position, events, root, time };
  let said: Readonly<Record<string, unknown>> = {};
  try {
    said = JSON.parse(statement) as typeof said;
  } catch {
    // Nothing that it should say is there.
  }
  const fits = Object.entries(shown).every(([name, value]) => said[name] === value);
  return check(fits, fits ? 'statementFits' : 'statementWrong', { events });
}

async function signatureChecks(checkpoint: Checkpoint): Promise<readonly Check[]> {
  const { statement, keyId } = checkpoint;
  if ((await keyIdOf(checkpoint)) !== keyId) return [check(false, 'keyWrong', { keyId })];
  const fits = await isSigned(statement, checkpoint);
  return [check(fits, fits === null ? 'signatureOpen' : fits ? 'signatureFits' : 'signatureWrong', { keyId })];
}
