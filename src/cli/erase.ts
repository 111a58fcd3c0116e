import { Command, InvalidArgumentError } from 'commander';
import { erasePerson, type ErasureReport } from '../composition/erasure';
import { NOT_ON_A_SERVER } from '../composition/rewritten';
import { parseConfig } from '../config';
import { printable } from '../domain/fields';
import { normalizeKeapId } from '../domain/keapId';
import { createLogger } from '../server/logger';
import { OptionUnusable } from './failures';

interface EraseOptions {
  readonly keapId: readonly string[];
  readonly rewrite?: true;
  readonly json?: true;
}

/** The `erase` command: makes the personal data of a person unreadable for ever. */
export function eraseCommand(): Command {
  return new Command('erase')
    .description('Erases a person: destroys their encryption key, so that no event shows their Keap ID or name any more, and removes copies of both from DATA_DIR. Events, counts, hashes and proofs stay; lists and history show "erased person #n". This cannot be undone. When the events are in DATA_DIR, stop the service first; it rebuilds its read models when it starts.')
    .requiredOption('--keap-id <keapId...>', 'Keap ID of the person; pass all of them when the person had several addresses', keapIds)
    .option('--rewrite', 'also write the log anew, under another identity, without what names the person in plain text; a signed statement in CHECKPOINT_DIR says what was removed; not on EventStoreDB')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nErasing does not revoke access: remove the person from their apps first. Older backups contain the key: create a new one\nand destroy them, or erase the person again after restoring one. On EventStoreDB the next scavenge removes the key\'s\nbytes. Exported bundles and sent mails are not changed.')
    .action(erase);
}

async function erase({ keapId, rewrite, json }: EraseOptions): Promise<void> {
  const config = parseConfig(process.env);
  if (rewrite && config.eventStoreUrl !== null) throw new OptionUnusable(`${NOT_ON_A_SERVER} Leave --rewrite out: the person is erased all the same, and the command says what stays.`);
  const report = await erasePerson(config, keapId, createLogger(config.logLevel), { rewrite: rewrite === true });
  const { number, events, plainEvents, plainFields, messages, otherAddresses } = report;
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(`erased person #${number}: ${events} events, ${messages} messages removed from the outbox.\n`);
  if (report.rewrite) {
    const { events: changed, storeId, previousStoreId, removed } = report.rewrite;
    process.stderr.write(`The log was written anew: it is ${storeId} from now on, made of ${previousStoreId}. ${changed} events hold less than before. The fields that were removed, with the number of events:\n${lines(removed)}The statement about it is in rewrites.ndjson in CHECKPOINT_DIR. Give auditors a copy of that directory, make a new backup, and destroy the older ones, which hold the old log.\n`);
  }
  if (plainEvents > 0) {
    process.stderr.write(`${plainEvents} events hold something about this person that no key of theirs protects, and that stays readable: it was written before it was encrypted, or somebody named the person in a text. The fields, with the number of events:\n${lines(plainFields)}${whatToDo(report, config.eventStoreUrl !== null)}\n`);
  }
  if (otherAddresses.length > 0) process.stderr.write(`The same sign-in has stated other Keap IDs, which were not erased: ${otherAddresses.map(printable).join(', ')}. Pass them, too, if they are the same person's.\n`);
}

/** What can be done about what stays readable. */
function whatToDo({ rewrite }: ErasureReport, isOnServer: boolean): string {
  if (rewrite !== null) return 'Programs rely on these fields, so they were left as they are.';
  if (isOnServer) return NOT_ON_A_SERVER;
  return 'Run the same command with --rewrite to write the log anew without that, under another identity. Checkpoints and bundles of the present log then are about an older log, and a signed statement says what was removed.';
}

function keapIds(text: string, others: readonly string[] = []): readonly string[] {
  if (normalizeKeapId(text) === '') throw new InvalidArgumentError('It must be the e-mail address of the person to erase.');
  return [...others, text];
}

/** Fields with the number of events, a line each. */
const lines = (counts: Readonly<Record<string, number>>): string => Object.entries(counts).map(([field, count]) => `  ${field}: ${count}\n`).join('');
