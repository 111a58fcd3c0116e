import { Command } from 'commander';
import { erasePerson } from '../compositionRoot';
import { parseConfig } from '../config';
import { createLogger } from '../server/logger';

interface EraseOptions {
  readonly keapId: readonly string[];
  readonly json?: true;
}

/** `erase`: makes everything personal of somebody unreadable, for ever. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description('Erases a person: their key is destroyed, so that no event tells their Keap ID and name any more, and what was made of them in DATA_DIR is removed. Events, counts, hashes and proofs stay; views and history show "erased person #n". It cannot be undone. With the events in DATA_DIR the service has to be stopped meanwhile; its views are filled again when it starts.')
    .requiredOption('--keap-id <keapId...>', 'Keap ID of the person; several where they had several addresses')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nErasing takes no access away: remove the person from their apps before. Older backups hold the key: make a new one and\ndestroy them, or erase again what is restored from one. On EventStoreDB the key\'s bytes\ngo with the next scavenge. What was exported or mailed is beyond its reach.')
    .action(erase);
}

async function erase({ keapId, json }: EraseOptions): Promise<void> {
  const config = parseConfig(process.env);
  const report = await erasePerson(config, keapId, createLogger(config.logLevel));
  const { number, events, plainEvents, messages } = report;
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`erased person #${number}: ${events} events, ${messages} messages of the outbox.\n`);
  if (plainEvents > 0) process.stderr.write(`${plainEvents} events were stored in plain text before there were keys, and stay readable: changing them would break the chain of hashes.\n`);
}
