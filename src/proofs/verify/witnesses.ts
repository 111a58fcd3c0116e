import { canonicalJson } from '../../eventstore/eventHash';
import type { JsonObject, JsonValue } from '../../eventstore/eventStore';
import { type CountersignedCheckpoint, countersignedOf, isCountersigned } from '../checkpoints/countersignature';
import type { CheckpointLine } from '../checkpoints/lines';
import { type CheckpointStatement, isSigned, UnreadableCheckpoint } from '../checkpoints/statement';
import { isConsistent } from '../merkleTree';
import type { Finding } from './findings';
import { proofsIn } from './kept';
import { type CheckedKeys, claimBehind, UNKNOWN_KEY } from './keys';

/** What a witness has seen of a log. */
export interface Witnessed {
  /** Id of the key that countersigned. */
  readonly keyId: string;
  /** Number of checkpoints that it countersigned. */
  readonly checkpoints: number;
  /** Number of events of the one over the most events. */
  readonly events: number;
  /** When it saw that one, by its own clock. */
  readonly time: string;
}

export interface CheckedWitnesses {
  readonly witnesses: readonly Witnessed[];
  /** What is wrong with what is there. */
  readonly findings: readonly Finding[];
  /** The finding that none of the witnesses that were named has countersigned, if that is so. */
  readonly missing: readonly Finding[];
}

/** Checks the countersignatures in the files of checkpoints. The checkpoints themselves are checked elsewhere. */
export function witnessesIn(lines: readonly CheckpointLine[], storeId: string, { isTrusted }: Pick<CheckedKeys, 'isTrusted'>, witnessKeyIds: readonly string[] | null): CheckedWitnesses {
  const seen = new Seen();
  const findings: Finding[] = [];
  for (const { file, line, checkpoint, countersignature } of lines) {
    if (!checkpoint || !countersignature || checkpoint.statement.storeId !== storeId || !isSigned(checkpoint) || !isTrusted(checkpoint.keyId)) continue;
    if (isCountersigned({ ...checkpoint, countersignature })) seen.add({ ...checkpoint, countersignature });
    else findings.push({ what: 'COUNTERSIGNATURE_FORGED', position: checkpoint.statement.position, message: `The countersignature in line ${line} of ${file} is not that of the checkpoint.` });
  }
  return { witnesses: seen.witnesses, findings, missing: missing(seen.witnesses, witnessKeyIds, 'of this log') };
}

/** What a bundle states about witnesses, and with what it is compared. */
interface BundleWitnesses {
  readonly storeId: string;
  /** The statement of its checkpoint, null without one. */
  readonly statement: CheckpointStatement | null;
  /** What its last line holds; undefined without one. */
  readonly end: JsonObject | undefined;
}

/** Checks the countersigned checkpoints in a bundle: their signatures, and that the log of the bundle begins with each. */
export function witnessesOfBundle({ storeId, statement, end = {} }: BundleWitnesses, { chain, isTrusted }: CheckedKeys, witnessKeyIds: readonly string[] | null): CheckedWitnesses {
  const seen = new Seen();
  const findings: Finding[] = [];
  const { countersigned = [], consistency = null } = end;
  for (const one of Array.isArray(countersigned) ? (countersigned as readonly JsonValue[]) : []) {
    const checkpoint = readOrNull(one);
    if (!checkpoint) continue;
    const { statement: theirs, keyId, countersignature } = checkpoint;
    const found = (what: Finding['what'], message: string): void => void findings.push({ what, position: theirs.position, message });
    if (!isSigned(checkpoint)) found('CHECKPOINT_FORGED', 'The signature of the countersigned checkpoint is not that of its statement.');
    else if (!isTrusted(keyId) && !claimBehind(chain, keyId)) found('CHECKPOINT_KEY_UNKNOWN', `The countersigned checkpoint was signed by the key ${keyId}, which is not one that was named. ${UNKNOWN_KEY}`);
    else if (!isCountersigned(checkpoint)) found('COUNTERSIGNATURE_FORGED', 'The countersignature is not that of the checkpoint.');
    else if (theirs.storeId !== storeId) found('CHECKPOINT_CONTRADICTED', 'The countersigned checkpoint is about another log.');
    else if (!statement || !beginsWith(statement, theirs, consistency)) {
      found('CHECKPOINT_CONTRADICTED', `Nothing proves that the log of the bundle begins with the ${theirs.events.toLocaleString('en')} events of the checkpoint of ${theirs.time} that the witness ${countersignature.keyId} has seen.`);
    } else seen.add(checkpoint);
  }
  return { witnesses: seen.witnesses, findings, missing: missing(seen.witnesses, witnessKeyIds, 'in the bundle') };
}

/** Whether the last line of a bundle has nothing but countersigned checkpoints where it has those. */
export const areCountersigned = (value: JsonValue): boolean => Array.isArray(value) && value.every((one: JsonValue) => {
  const checkpoint = readOrNull(one);
  return checkpoint !== null && canonicalJson(checkpoint) === canonicalJson(one);
});

/** Whether a proof in a bundle says that its log begins with that of another checkpoint. @param consistency the proofs of its last line. */
export function beginsWith(statement: CheckpointStatement, theirs: CheckpointStatement, consistency: JsonValue): boolean {
  const [from, to] = [theirs, statement].map(({ events, root }) => ({ size: events, root: Buffer.from(root, 'hex') })) as [Tree, Tree];
  if (from.size === to.size) return from.root.equals(to.root) && theirs.position === statement.position;
  return isConsistent(from, to, proofsIn(consistency).get(from.size) ?? []);
}

interface Tree {
  readonly size: number;
  readonly root: Buffer;
}

function readOrNull(value: JsonValue): CountersignedCheckpoint | null {
  try {
    return countersignedOf(value);
  } catch (error) {
    if (error instanceof UnreadableCheckpoint) return null;
    throw error;
  }
}

function missing(witnesses: readonly Witnessed[], witnessKeyIds: readonly string[] | null, where: string): readonly Finding[] {
  if (witnessKeyIds === null || witnesses.some(({ keyId }) => witnessKeyIds.includes(keyId))) return [];
  const others = witnesses.length === 0 ? '' : ` Another one has, with the key ${witnesses.map(({ keyId }) => keyId).join(', ')}.`;
  return [{ what: 'COUNTERSIGNATURE_MISSING', message: `No witness that was named has countersigned a checkpoint ${where}.${others}` }];
}

/** Counts what each witness has seen. */
class Seen {
  readonly #signatures = new Map<string, Set<string>>();
  readonly #latest = new Map<string, CountersignedCheckpoint>();

  add(checkpoint: CountersignedCheckpoint): void {
    const { keyId } = checkpoint.countersignature;
    this.#signatures.set(keyId, (this.#signatures.get(keyId) ?? new Set<string>()).add(checkpoint.signature));
    if (checkpoint.statement.events > (this.#latest.get(keyId)?.statement.events ?? 0)) this.#latest.set(keyId, checkpoint);
  }

  get witnesses(): readonly Witnessed[] {
    return [...this.#latest].map(([keyId, { statement, countersignature }]) => ({ keyId, checkpoints: this.#signatures.get(keyId)?.size ?? 0, events: statement.events, time: countersignature.time }));
  }
}
