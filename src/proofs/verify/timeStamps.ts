import type { X509Certificate } from 'node:crypto';
import { canonicalJson } from '../../eventstore/eventHash';
import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import type { CheckpointLine } from '../checkpoints/lines';
import { type CheckpointStatement, isSigned, type SignedCheckpoint, statementText, UnreadableCheckpoint } from '../checkpoints/statement';
import { type StampedCheckpoint, stampedOf } from '../timestamps/stampedCheckpoint';
import { checkedTimeStamp } from '../timestamps/token';
import { UnreadableToken } from '../timestamps/unreadable';
import type { Finding } from './findings';
import { type CheckedKeys, claimBehind, UNKNOWN_KEY } from './keys';
import { beginsWith } from './witnesses';

/** A time stamp of a checkpoint, as it was checked. */
export interface Stamped {
  /** Number of events of the checkpoint. */
  readonly events: number;
  /** When the authority saw the checkpoint. */
  readonly time: string;
  /** Subject of the certificate that signed. */
  readonly authority: string;
  /** Whether the certificate leads to one that was passed; null when none was. */
  readonly isTrusted: boolean | null;
}

export interface CheckedTimeStamps {
  /** The time stamp of the checkpoint over the most events; null without one. */
  readonly timeStamp: Stamped | null;
  readonly findings: readonly Finding[];
  /** The finding that there is no time stamp by an authority that was passed, if that is so. */
  readonly missing: readonly Finding[];
}

/** Checks the time stamps in the files of checkpoints. The checkpoints themselves are checked elsewhere. */
export function timeStampsIn(lines: readonly CheckpointLine[], storeId: string, { isTrusted }: Pick<CheckedKeys, 'isTrusted'>, authorities: readonly X509Certificate[] | null): CheckedTimeStamps {
  const check = new TimeStampCheck(authorities);
  for (const { file, line, checkpoint, timeStamp } of lines) {
    if (!checkpoint || timeStamp === undefined || checkpoint.statement.storeId !== storeId || !isSigned(checkpoint) || !isTrusted(checkpoint.keyId)) continue;
    check.take({ ...checkpoint, timeStamp }, `in line ${line} of ${file}`);
  }
  return check.result('of this log');
}

/** A bundle, as far as it has a time stamp. */
interface BundleTimeStamp {
  readonly storeId: string;
  readonly statement: CheckpointStatement | null;
  readonly end: JsonObject | undefined;
}

/** Checks the stamped checkpoint in a bundle: its signature, its time stamp, and that the log of the bundle begins with it. */
export function timeStampOfBundle({ storeId, statement, end = {} }: BundleTimeStamp, { chain, isTrusted }: CheckedKeys, authorities: readonly X509Certificate[] | null): CheckedTimeStamps {
  const check = new TimeStampCheck(authorities);
  const { stamped, consistency = null } = end;
  const checkpoint = stamped === undefined ? null : stampedOrNull(stamped);
  if (checkpoint) {
    const { statement: theirs, keyId } = checkpoint;
    if (!isSigned(checkpoint)) check.find('CHECKPOINT_FORGED', checkpoint, 'The signature of the stamped checkpoint is not that of its statement.');
    else if (!isTrusted(keyId) && !claimBehind(chain, keyId)) check.find('CHECKPOINT_KEY_UNKNOWN', checkpoint, `The stamped checkpoint was signed by the key ${keyId}, which is not one that was named. ${UNKNOWN_KEY}`);
    else if (theirs.storeId !== storeId || !statement || !beginsWith(statement, theirs, consistency)) {
      check.find('CHECKPOINT_CONTRADICTED', checkpoint, `Nothing proves that the log of the bundle begins with the ${theirs.events.toLocaleString('en')} events of the checkpoint of ${theirs.time} that has a time stamp.`);
    } else check.take(checkpoint, 'in the bundle');
  }
  return check.result('in the bundle');
}

/** Whether the last line of a bundle has nothing but a stamped checkpoint where it has one. */
export function isStamped(value: JsonValue): boolean {
  const checkpoint = stampedOrNull(value);
  return checkpoint !== null && canonicalJson(checkpoint) === canonicalJson(value);
}

function stampedOrNull(value: JsonValue): StampedCheckpoint | null {
  try {
    return stampedOf(value);
  } catch (error) {
    if (error instanceof UnreadableCheckpoint) return null;
    throw error;
  }
}

class TimeStampCheck {
  readonly #findings: Finding[] = [];
  #latest: Stamped | null = null;

  constructor(private readonly authorities: readonly X509Certificate[] | null) {}

  find(what: Finding['what'], { statement: { position } }: SignedCheckpoint, message: string): void {
    this.#findings.push({ what, position, message });
  }

  take(checkpoint: StampedCheckpoint, where: string): void {
    const { statement, timeStamp } = checkpoint;
    const token = Buffer.from(timeStamp, 'base64');
    try {
      if (token.toString('base64') !== timeStamp) throw new UnreadableToken('it is not in base64');
      const stamp = checkedTimeStamp(token, statementText(statement), this.authorities);
      if (statement.events > (this.#latest?.events ?? 0) && stamp.isTrusted !== false) this.#latest = { ...stamp, events: statement.events };
    } catch (error) {
      if (!(error instanceof UnreadableToken)) throw error;
      this.find('TIME_STAMP_FORGED', checkpoint, `The time stamp ${where} is not one of the checkpoint: ${error.message}.`);
    }
  }

  result(where: string): CheckedTimeStamps {
    const isMissing = this.authorities !== null && this.#latest === null;
    const message = `No authority that was passed with --tsa-ca has stamped a checkpoint ${where}.`;
    return { timeStamp: this.#latest, findings: this.#findings, missing: isMissing ? [{ what: 'TIME_STAMP_MISSING', message }] : [] };
  }
}
