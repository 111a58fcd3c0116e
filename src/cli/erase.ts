import { Command } from 'commander';
import { erasePerson } from '../composition/erasure';
import { parseConfig } from '../config';
import { printable } from '../domain/fields';
import { createLogger } from '../server/logger';

interface EraseOptions {
  readonly keapId: readonly string[];
  readonly json?: true;
}

/** The `erase` command: makes the personal data of a person unreadable for ever. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description('Erases a person: destroys their encryption key, so that no event shows their Keap ID or name any more, and removes copies of both from DATA_DIR. Events, counts, hashes and proofs stay; lists and history show "erased person #n". This cannot be undone. When the events are in DATA_DIR, stop the service first; it rebuilds its read models when it starts.')
    .requiredOption('--keap-id <keapId...>', 'Keap ID of the person; pass all of them when the person had several addresses')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nErasing does not revoke access: remove the person from their apps first. Older backups contain the key: create a new one\nand destroy them, or erase the person again after restoring one. On EventStoreDB the next scavenge removes the key\'s\nbytes. Exported bundles and sent mails are not changed.')
    .action(erase);
}

async function erase({ keapId, json }: EraseOptions): Promise<void> {
  const config = parseConfig(process.env);
  const report = await erasePerson(config, keapId, createLogger(config.logLevel));
  const { number, events, plainEvents, plainFields, messages, otherAddresses } = report;
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`erased person #${number}: ${events} events, ${messages} messages removed from the outbox.\n`);
  if (plainEvents > 0) {
    const fields = Object.entries(plainFields).map(([field, count]) => `  ${field}: ${count}\n`);
    process.stderr.write(`${plainEvents} events hold something about this person that no key of theirs protects, and that stays readable: it was written before it was encrypted, or somebody named the person in a text. The fields, with the number of events:\n${fields.join('')}`);
  }
  if (otherAddresses.length > 0) process.stderr.write(`The same sign-in has stated other Keap IDs, which were not erased: ${otherAddresses.map(printable).join(', ')}. Pass them, too, if they are the same person's.\n`);
}
