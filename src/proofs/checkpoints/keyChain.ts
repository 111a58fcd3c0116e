import { isWhole, type KeyStatement, type SignedKeyStatement } from './keyStatement';
import type { CheckpointStatement } from './statement';

/** The statements about the keys of one log: which key took the place of which, and from which event on the log was restored. */
export class KeyChain {
  /** The statements with right signatures, by time. */
  readonly statements: readonly KeyStatement[];

  /** @param ancestors the logs that this one was made of: their keys go on with it. */
  constructor(
    signed: readonly SignedKeyStatement[],
    private readonly storeId: string,
    ancestors: readonly string[] = [],
  ) {
    const texts = new Set<string>();
    this.statements = signed
      .filter((one) => (one.statement.storeId === storeId || ancestors.includes(one.statement.storeId)) && isWhole(one) && !texts.has(JSON.stringify(one)) && texts.add(JSON.stringify(one)))
      .map(({ statement }) => statement)
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }

  /**
   * The keys that belong to the named ones: those that they introduced, and those whose place they took. A key that says by itself
   * that another one was lost is not introduced by that, but whoever names it believes what it says of the key before.
   */
  belongingTo(named: readonly string[]): ReadonlySet<string> {
    const known = new Set(named);
    for (let size = 0; size !== known.size;) {
      size = known.size;
      for (const { change, keyId, previousKeyId } of this.statements) {
        if (previousKeyId === null) continue;
        if (change === 'ROTATED' && known.has(previousKeyId)) known.add(keyId);
        if (known.has(keyId)) known.add(previousKeyId);
      }
    }
    return known;
  }

  /** The statement that introduced a key, undefined for one that was there from the beginning. */
  introductionOf(keyId: string): KeyStatement | undefined {
    return this.statements.find((statement) => statement.keyId === keyId && statement.previousKeyId !== keyId);
  }

  /** The key that the given one introduced as its successor. */
  successorOf(keyId: string): string | undefined {
    return this.statements.find(({ change, previousKeyId }) => change === 'ROTATED' && previousKeyId === keyId)?.keyId;
  }

  /** The time of the last restore of the log, empty when there was none. */
  get restoredAt(): string {
    return this.statements.findLast(({ change }) => change === 'RESTORED')?.time ?? '';
  }

  /** The restore that gave up what a checkpoint is about, undefined when none did. */
  restoreBefore({ storeId, events, time }: Pick<CheckpointStatement, 'storeId' | 'events' | 'time'>): KeyStatement | undefined {
    if (storeId !== this.storeId) return undefined;
    return this.statements.find((statement) => statement.storeId === storeId && statement.change === 'RESTORED' && events > statement.events && time <= statement.time);
  }
}
