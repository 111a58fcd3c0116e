import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { openLogToRead } from '../composition/stores';
import { parseConfig } from '../config';
import { isPrintable } from '../domain/fields';
import { Checkpointer } from '../proofs/checkpoints/checkpointer';
import { CheckpointDirectory } from '../proofs/checkpoints/directory';
import type { KeyStatement } from '../proofs/checkpoints/keyStatement';
import { type KeyMoment, keyIn, replaceLostKey, rotateKey, SigningKey } from '../proofs/checkpoints/signingKey';
import { EventTree } from '../proofs/eventTree';
import { keySentence } from '../proofs/verify/keys';
import { OptionUnusable } from './failures';

interface RotateOptions {
  readonly lost?: true;
  readonly operator?: string;
  readonly reason?: string;
  readonly json?: true;
}

const MAX_OPERATOR = 200;
const MAX_REASON = 500;

/** Takes the name of an operator from the command line. */
export const operatorName = (text: string): string => printableText(text, MAX_OPERATOR);

/** Takes the reason of an operator from the command line. */
export const operatorReason = (text: string): string => printableText(text, MAX_REASON);

function printableText(text: string, most: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > most || !isPrintable(trimmed)) throw new InvalidArgumentError(`It must have 1 to ${most} characters, and no control characters.`);
  return trimmed;
}

/** The `rotate-key` command: begins to sign with another key. */
export function rotateKeyCommand(): Command {
  return new Command('rotate-key')
    .description('Puts a new key for checkpoints and bundles in the place of the present one. The present key signs the log up to now and introduces the new one, so that verify accepts both from whichever of them an auditor has named; then it is deleted. A running service goes on with the new key by itself.')
    .option('--lost', 'the present key is lost: an operator states that a new one takes its place; auditors have to be told its id')
    .option('--operator <name>', 'who does this, best a role, since it cannot be erased; required with --lost', operatorName)
    .option('--reason <text>', 'why, for auditors; required with --lost', operatorReason)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe statement is a line of keys.ndjson in CHECKPOINT_DIR. Tell auditors the id of the new key: those who name the old one\naccept the new one too, unless the old key was lost.')
    .action(rotate);
}

async function rotate({ lost, json, ...said }: RotateOptions): Promise<void> {
  const [operator, reason] = [said.operator ?? null, said.reason ?? null];
  const config = parseConfig(process.env);
  const { checkpointDir, checkpointKeyFile: file } = config;
  if (lost && (operator === null || reason === null)) throw new OptionUnusable('Say who does this and why, with --operator and --reason: nothing but this statement introduces the new key.');
  if (lost && existsSync(file)) throw new OptionUnusable(`${file} is there. Leave --lost out, so that the key in it introduces the new one. If the file is damaged, move it away first.`);
  const log = await openLogToRead(config);
  const tree = EventTree.open(':memory:', log.storeId);
  try {
    const checkpoints = new CheckpointDirectory(checkpointDir, log.storeId);
    const present = lost ? null : keyIn(file, checkpoints);
    if (present === null && !lost) throw new Error(`${file} is missing. Put the key back, or set CHECKPOINT_KEY_FILE. If it is lost, add --lost.`);
    const key = present && new SigningKey(present, file, checkpoints);
    const time = new Date().toISOString();
    const checkpointer = new Checkpointer({ ...log, tree, checkpoints, key, now: () => time, everyEvents: Infinity, everyMs: Infinity, report: () => undefined });
    const latest = await checkpointer.signAll();
    if (tree.size === 0) throw new Error('The log has no event yet, so no key has signed anything. Delete the file of the key, and start the service.');
    const moment: KeyMoment = {
      storeId: log.storeId, events: tree.size, position: tree.position, root: tree.root(tree.size).toString('hex'), signedEvents: latest?.statement.events ?? 0, time, operator, reason,
    };
    report(lost ? replaceLostKey(file, checkpoints, moment) : rotateKey(file, checkpoints, moment), json === true);
  } finally {
    tree.close();
    await log.store.close();
  }
}

function report(statement: KeyStatement, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(statement)}\n`);
  else process.stdout.write(`${keySentence(statement)}\n${statement.change === 'LOST' ? 'Tell the auditors the id of the new key: nothing but this statement introduces it.' : 'Auditors who have named the old key accept the new one too.'}\n`);
}
