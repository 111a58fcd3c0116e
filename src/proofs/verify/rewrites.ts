import type { LogPosition } from '../../eventstore/eventStore';
import type { CheckpointLine } from '../checkpoints/lines';
import { ancestorsOf, fitsPrevious, isWholeRewrite, type RewriteStatement, type SignedRewrite } from '../checkpoints/rewriteStatement';
import type { SignedCheckpoint } from '../checkpoints/statement';
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
    if (!rewrite || fitsPrevious(rewrite.statement, statement) !== false) return [];
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

/** The statement with a right signature by a trusted key that another log was made of this one, if there is one. */
export const replacementOf = (lines: readonly CheckpointLine[], storeId: string, isTrusted: (keyId: string) => boolean): RewriteStatement | undefined =>
  lines.flatMap(({ rewrite }) => (rewrite?.statement.previous.statement.storeId === storeId && isWholeRewrite(rewrite) && isTrusted(rewrite.signature.keyId) ? [rewrite.statement] : [])).at(0);

/** Finds that a log has more events than it had when another one was made of it. */
export const wentOn = ({ replacement }: { readonly replacement: RewriteStatement | undefined }, { events, position }: { readonly events: number; readonly position: LogPosition }): readonly Finding[] =>
  (replacement === undefined || events <= replacement.events ? [] : [{
    what: 'CHECKPOINT_CONTRADICTED', position,
    message: `The first ${replacement.events} events were written anew at ${replacement.time}, and the log ${replacement.storeId} took the place of this one, which has ${events}: somebody went on with it.`,
  }]);

/** What a statement about a rewritten log says, in a sentence. */
export function rewriteSentence({ statement, signature: { keyId } }: SignedRewrite): string {
  const { storeId, events, previous, removed, person, time } = statement;
  const count = new Set(removed.flatMap(({ leaves }) => leaves)).size;
  const fields = removed.map(({ field, leaves }) => `${field} in ${leaves.length}`).join(', ');
  return `Written anew at ${time}: the log ${storeId} was made of the ${events} events of the log ${previous.statement.storeId}, whose last checkpoint is of ${previous.statement.time} with the root ${previous.statement.root}. Of ${count} events, fields that named ${person} were removed (${fields}); all others are as they were, says the key ${keyId}.`;
}
