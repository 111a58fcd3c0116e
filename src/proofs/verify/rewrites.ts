import type { CheckpointLine } from '../checkpoints/lines';
import { ancestorsOf, isWholeRewrite, type RewriteStatement, type SignedRewrite } from '../checkpoints/rewriteStatement';
import type { CheckpointStatement, SignedCheckpoint } from '../checkpoints/statement';
import { hashesIn, isConsistent } from '../merkleTree';
import type { Finding } from './findings';

/** The statements with right signatures about how a log was made of another one, the latest first. */
export const rewritesOf = (lines: readonly CheckpointLine[], storeId: string): readonly SignedRewrite[] =>
  ancestorsOf(storeId, lines.flatMap(({ rewrite }) => (rewrite && isWholeRewrite(rewrite) ? [rewrite] : [])));

/** Finds statements about rewritten logs whose signatures are wrong. */
export const forgedRewrites = (lines: readonly CheckpointLine[]): readonly Finding[] => lines.filter(({ rewrite }) => rewrite !== undefined && !isWholeRewrite(rewrite)).map(({ file, line }): Finding => ({
  what: 'CHECKPOINT_FORGED', message: `The signature in line ${line} of ${file} is not that of its statement about a log that was written anew.`,
}));

/** Compares the checkpoints of the logs that a log was made of with what the statements about that say. */
export function contradictedAncestors(rewrites: readonly SignedRewrite[], checkpoints: readonly SignedCheckpoint[]): readonly Finding[] {
  return checkpoints.flatMap(({ statement }): readonly Finding[] => {
    const rewrite = rewrites.find((one) => one.statement.previous.statement.storeId === statement.storeId);
    if (!rewrite || fits(rewrite.statement, statement) !== false) return [];
    const { events, time, storeId, position } = statement;
    const isLater = events > rewrite.statement.events;
    return [{
      what: 'CHECKPOINT_CONTRADICTED', position,
      message: isLater
        ? `A checkpoint of ${time} is about ${events} events of the log ${storeId}, of which ${rewrite.statement.events} were written anew at ${rewrite.statement.time}: somebody went on with the old log.`
        : `The log ${storeId}, which this one was made of, does not begin with the ${events} events of its checkpoint of ${time}.`,
    }];
  });
}

/** Whether the log before began with that of an earlier checkpoint; null when no proof tells. */
function fits({ previous: { statement: last }, consistency }: RewriteStatement, kept: CheckpointStatement): boolean | null {
  if (kept.events > last.events) return false;
  if (kept.events === last.events) return kept.root === last.root && kept.position === last.position;
  const path = consistency.find(({ events }) => events === kept.events)?.path;
  if (path === undefined) return null;
  const hashes = hashesIn(path);
  return hashes !== null && isConsistent(treeOf(kept), treeOf(last), hashes);
}

const treeOf = ({ events, root }: CheckpointStatement): { readonly size: number; readonly root: Buffer } => ({ size: events, root: Buffer.from(root, 'hex') });

/** What a statement about a rewritten log says, in a sentence. */
export function rewriteSentence({ statement, signature: { keyId } }: SignedRewrite): string {
  const { storeId, events, previous, removed, person, time } = statement;
  const count = new Set(removed.flatMap(({ leaves }) => leaves)).size;
  const fields = removed.map(({ field, leaves }) => `${field} in ${leaves.length}`).join(', ');
  return `Written anew at ${time}: the log ${storeId} was made of the ${events} events of the log ${previous.statement.storeId}, whose last checkpoint is of ${previous.statement.time} with the root ${previous.statement.root}. Of ${count} events, fields that named ${person} were removed (${fields}); all others are as they were, says the key ${keyId}.`;
}
