import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { restoreLog, UnfitBackup } from '../composition/restore';
import { parseConfig } from '../config';
import { printable } from '../domain/fields';
import { findingLine } from '../proofs/verify/findings';
import { keySentence } from '../proofs/verify/keys';
import { CommandFailed, OptionUnusable } from './failures';
import { requireFile } from './options/files';
import { operatorName, operatorReason } from './rotateKey';

interface RestoreOptions {
  readonly from: string;
  readonly key?: string;
  readonly newKey?: true;
  readonly operator: string;
  readonly reason: string;
  readonly json?: true;
}

/** The `restore` command: puts a backup in the place of a log. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('Puts the log of a backup in the place of that in DATA_DIR, and states so for auditors: from the end of the backup on, the log is a fork. The backup is verified first, with all checkpoints that are known. What was in DATA_DIR is moved to a directory in it. Stop the service first; it rebuilds its read models when it starts.')
    .requiredOption('--from <dir>', 'directory that "backup" has written')
    .requiredOption('--operator <name>', 'who does this, for auditors; best a role, since it cannot be erased', operatorName)
    .requiredOption('--reason <text>', 'why, for auditors', operatorReason)
    .option('--key <file>', 'the key that signed the log, which no backup holds (default: CHECKPOINT_KEY_FILE)')
    .option('--new-key', 'the key that signed is lost: a new one takes its place; auditors have to be told its id')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe statement is a line of keys.ndjson in CHECKPOINT_DIR, whose other lines stay: they are evidence of what is given up.\nPeople who were erased after the backup are readable again: run "erase" for them before the service starts.')
    .action(restore);
}

async function restore({ from, key, newKey, operator, reason, json }: RestoreOptions): Promise<void> {
  if (!existsSync(from)) throw new OptionUnusable(`There is no directory ${from}. Check --from.`);
  if (!existsSync(join(from, 'events.db'))) throw new OptionUnusable(`${from} contains no file events.db. Pass a directory that "npm run cli -- backup" has written.`);
  if (key !== undefined) requireFile(key, '--key');
  if (key !== undefined && newKey) throw new OptionUnusable('Pass --key, or --new-key where the key is lost, and not both.');
  const config = parseConfig(process.env);
  if (resolve(from) === resolve(config.dataDir)) throw new OptionUnusable(`${from} is the DATA_DIR itself. Set DATA_DIR to the directory of the service, and pass that of the backup.`);
  try {
    const report = await restoreLog(config, { from, keyFile: key ?? null, newKey: newKey === true, operator, reason });
    const { statement, events, before } = report;
    if (json) {
      process.stdout.write(`${JSON.stringify(report)}\n`);
      return;
    }
    const given = statement.signedEvents > events ? `Checkpoints vouch for ${statement.signedEvents - events} later events, which are given up.` : 'No checkpoint of later events is known.';
    const told = newKey ? ` Tell the auditors the id of the new key, ${statement.keyId}: nothing but this statement introduces it.` : '';
    const moved = before === null ? '' : `What was there before is in ${before}. Delete it when nobody needs it: it holds the data of people.\n`;
    process.stdout.write(`${printable(keySentence(statement))} ${given}${told}\n${moved}Run "erase" again for people who were erased after the backup, then start the service.\n`);
  } catch (error) {
    if (!(error instanceof UnfitBackup)) throw error;
    for (const finding of error.findings) process.stderr.write(`${printable(findingLine(finding))}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ code: 'UNFIT_BACKUP', message: error.message, findings: error.findings })}\n`);
    process.stderr.write(`${error.message}\n`);
    throw new CommandFailed();
  }
}
