import type { CheckpointLine } from '../checkpoints/lines';
import { KeyChain } from '../checkpoints/keyChain';
import { isWhole, type KeyStatement } from '../checkpoints/keyStatement';
import type { SignedCheckpoint } from '../checkpoints/statement';
import type { Finding } from './findings';
import { rewritesOf } from './rewrites';

/** What it means that an unknown key has signed. */
export const UNKNOWN_KEY = 'Its signature is right, and nothing introduces the key: another key was set up without a statement, or somebody else signed. Ask the operator which keys there are.';

/** Numbers of events at which the log was restored, as whoever verifies knows: they are no findings. */
export type KnownRestores = readonly number[] | 'ALL';

export const isKnown = (restores: KnownRestores, events: number): boolean => restores === 'ALL' || restores.includes(events);

/** Which keys may sign. */
export interface CheckedKeys {
  readonly chain: KeyChain;
  /** Tells whether a key was named, or belongs to one that was. */
  readonly isTrusted: (keyId: string) => boolean;
  readonly findings: readonly Finding[];
}

/** Checks the statements about keys. @param named keys that may sign, with those that belong to them; null allows any key. */
export function checkedKeys(lines: readonly CheckpointLine[], storeId: string, named: readonly string[] | null): CheckedKeys {
  const ancestors = rewritesOf(lines, storeId).map(({ statement }) => statement.previous.statement.storeId);
  const chain = new KeyChain(lines.flatMap(({ keyStatement }) => (keyStatement ? [keyStatement] : [])), storeId, ancestors);
  const known = named === null ? null : chain.belongingTo(named);
  const isTrusted = (keyId: string): boolean => known?.has(keyId) ?? true;
  const forged = lines.filter(({ keyStatement }) => keyStatement !== null && !isWhole(keyStatement)).map(({ file, line }): Finding => ({
    what: 'CHECKPOINT_FORGED', message: `The signatures in line ${line} of ${file} are not those of its statement about keys.`,
  }));
  const claims = chain.statements.filter(({ keyId }) => !isTrusted(keyId)).flatMap((statement): readonly Finding[] => {
    if (statement.change === 'LOST') return [lost(statement)];
    // With what it gave up, it is a finding about the checkpoints.
    if (statement.change === 'RESTORED') return [];
    if (claimBehind(chain, statement.keyId)) return [];
    return [{ what: 'CHECKPOINT_KEY_UNKNOWN', position: statement.position, message: `A statement of ${statement.time} says that the key ${statement.keyId} took the place of the key ${statement.previousKeyId ?? ''}. Neither of them was named.` }];
  });
  return { chain, isTrusted, findings: [...forged, ...claims] };
}

/** The operator's statement that a key goes back to, where nothing but that statement introduces it. */
export function claimBehind(chain: KeyChain, keyId: string): KeyStatement | undefined {
  const seen = new Set<string>();
  for (let found = chain.introductionOf(keyId); found && !seen.has(found.keyId); found = found.previousKeyId === null ? undefined : chain.introductionOf(found.previousKeyId)) {
    if (found.change !== 'ROTATED') return found;
    seen.add(found.keyId);
  }
  return undefined;
}

const sayer = ({ operator, reason }: KeyStatement): string => `${operator ?? 'an operator'}${reason === null ? '' : ` (${reason})`}`;

const UNCONFIRMED = 'No key that was named confirms this statement: ask the operator whether it is theirs. If it is, name the new key too.';

const lost = (statement: KeyStatement): Finding => ({
  what: 'KEY_LOST', position: statement.position,
  message: `The key ${statement.previousKeyId ?? 'of before'} was lost, says ${sayer(statement)} in a statement of ${statement.time}: after the ${count(statement.events, 'event')} of then, the key ${statement.keyId} signs. ${UNCONFIRMED}`,
});

/** The finding that the log goes on from a backup. */
export function restored(statement: KeyStatement, givenUp: readonly { readonly events: number }[], isConfirmed: boolean): Finding {
  const { events, position, time, keyId, previousKeyId, signedEvents } = statement;
  const key = keyId === previousKeyId ? `the key ${keyId} signs on` : `the key ${keyId} signs in the place of ${previousKeyId ?? 'none'}`;
  const most = Math.max(signedEvents, ...givenUp.map((one) => one.events));
  const lostEvents = most > events ? `what the checkpoints up to event ${most} vouch for is missing, or other events stand in its place` : 'no checkpoint of later events is known';
  return {
    what: 'LOG_RESTORED', position,
    message: `The log was restored from a backup, says ${sayer(statement)} in a statement of ${time}: it is a fork from event ${events + 1} on, and ${key}. After event ${events}, ${lostEvents}.${isConfirmed ? '' : ` ${UNCONFIRMED}`}`,
  };
}

/** Finds keys that signed after another one took their place: whoever has a copy of them may have signed that. */
export function replacedKeys({ chain, isTrusted }: CheckedKeys, signed: readonly SignedCheckpoint[]): readonly Finding[] {
  const changes = chain.statements.filter(({ keyId, previousKeyId }) => previousKeyId !== null && previousKeyId !== keyId && isTrusted(keyId));
  const later = changes.flatMap(({ keyId, previousKeyId, change }): readonly Finding[] => {
    const first = firstOf(chain, keyId, signed);
    const [after, ...more] = signed.filter((checkpoint) => checkpoint.keyId === previousKeyId && checkpoint.statement.events > first).sort((a, b) => a.statement.events - b.statement.events);
    if (!after) return [];
    const others = more.length === 0 ? '' : `, and ${more.length} more`;
    return [{
      what: 'CHECKPOINT_KEY_REPLACED', position: after.statement.position,
      message: `The key ${previousKeyId ?? ''} signed ${count(after.statement.events, 'event')} at ${after.statement.time}${others}, after the key ${keyId} had taken its place${change === 'ROTATED' ? '' : ', since it was lost'}: somebody has a copy of it.`,
    }];
  });
  const twice = changes.filter(({ keyId, previousKeyId }, index) => changes.findIndex((other) => other.previousKeyId === previousKeyId) !== index && changes.find((other) => other.previousKeyId === previousKeyId)?.keyId !== keyId);
  return [...later, ...twice.map(({ keyId, previousKeyId, position, time }): Finding => ({
    what: 'CHECKPOINT_KEY_REPLACED', position, message: `The key ${keyId} took the place of the key ${previousKeyId ?? ''} at ${time}, which the key ${changes.find((other) => other.previousKeyId === previousKeyId)?.keyId ?? ''} had taken already: somebody has a copy of it.`,
  }))];
}

/** The number of events of the first checkpoint by a key or by those that came after it. */
function firstOf(chain: KeyChain, keyId: string, signed: readonly SignedCheckpoint[]): number {
  const keys = new Set([keyId]);
  for (const statement of chain.statements) if (statement.previousKeyId !== null && keys.has(statement.previousKeyId)) keys.add(statement.keyId);
  return Math.min(...signed.filter((checkpoint) => keys.has(checkpoint.keyId)).map(({ statement }) => statement.events), Infinity);
}

const count = (number: number, what: string): string => `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;

/** What a statement about keys says, in a sentence. */
export function keySentence({ change, keyId, previousKeyId, events, time, operator, reason }: KeyStatement): string {
  const who = operator === null && reason === null ? '' : `, says ${operator ?? 'an operator'}${reason === null ? '' : ` (${reason})`}`;
  if (change === 'ROTATED') return `Rotated at event ${events} on ${time}: the key ${previousKeyId ?? ''} introduced the key ${keyId}${who}.`;
  if (change === 'LOST') return `Key lost at event ${events} on ${time}: the key ${keyId} took the place of ${previousKeyId ?? 'none'}${who}.`;
  return `Restored at event ${events} on ${time}, with ${keyId === previousKeyId ? 'the same key' : `the new key ${keyId} in the place of ${previousKeyId ?? 'none'}`}${who}.`;
}
