import { readFileSync, statSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { type RebindingReport, SignInRebinding } from '../application/people/rebinding';
import { openMembership } from '../composition/membership';
import { parseConfig } from '../config';
import { parseReason } from '../domain/fields';
import { createLogger } from '../server/logger';
import { CommandFailed, OptionUnusable } from './failures';
import { requireFile } from './options/files';
import { parseSubjectMap } from './subjectMap';

interface RebindOptions {
  readonly map: string;
  readonly reason: string;
  readonly fromIssuer?: string;
  readonly toIssuer?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const READ_MODELS_WAIT_MS = 600_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** The name of the sign-in with AUTH_JWT_SECRET where an issuer is asked for. */
const SHARED_SECRET = 'shared-secret';

/** The `rebind` command: gives memberships to the new sign-ins of the same people. */
export function rebindCommand(): Command {
  return new Command('rebind')
    .description('Gives the memberships of many people to their new sign-ins, after the sign-in provider or its issuer has changed. Running it again changes nothing more, and completes an interrupted run. When the events are in DATA_DIR, stop the service first.')
    .requiredOption('--map <file>', 'the old and the new subject (sub) of each person: CSV with the columns old and new, or lines such as {"old":"auth0|1","new":"okta|1"}')
    .option('--reason <text>', 'reason for the history and for the admins, at most 500 characters', parseReason, 'The sign-in provider has changed.')
    .option('--from-issuer <issuer>', `issuer of the old subjects, as AUTH_ISSUER named it, or ${SHARED_SECRET} for AUTH_JWT_SECRET; the configured one by default`, issuerName)
    .option('--to-issuer <issuer>', `issuer of the new subjects, in the same form; the configured one by default`, issuerName)
    .option('--dry-run', 'write nothing, and report what would be done')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nThe history of each app names every member whose sign-in was replaced, with the reason. The active admins of an app are\ntold by one message, not by one for each member. Exit code 1: no subject is in an app, or lines\ncould not be applied, which are named on standard error.')
    .action(rebind);
}

function issuerName(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError(`It must be an issuer as AUTH_ISSUER names it, or ${SHARED_SECRET}.`);
  return text;
}

/** Reads a file of a bounded size. @throws OptionUnusable when it does not exist or is larger. */
function bytesOf(file: string): Buffer {
  requireFile(file, '--map');
  if (statSync(file).size > MAX_BYTES) throw new OptionUnusable(`The file ${file} has more than ${MAX_BYTES / 1024 / 1024} MiB. Split it, and run the command for each part.`);
  return readFileSync(file);
}

async function rebind({ map, reason, fromIssuer, toIssuer, dryRun, json }: RebindOptions): Promise<void> {
  const changes = parseSubjectMap(bytesOf(map));
  const config = parseConfig(process.env);
  const membership = await openMembership(config, createLogger(config.logLevel));
  const bar = new SingleBar({ format: 'rebinding {bar} {value}/{total} apps', stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000, clearOnComplete: false });
  try {
    if (!(await membership.caughtUp(READ_MODELS_WAIT_MS))) throw new Error('The read models have not caught up within 10 minutes. Run the command again.');
    const personAt = (issuer: string | undefined) => (subject: string): string => membership.personIdOf(subject, issuer === SHARED_SECRET ? '' : issuer);
    const rebinding = new SignInRebinding(membership.rosters, membership.readModels.userList);
    const report = await rebinding.run({ changes, reason, dryRun: dryRun === true, personBefore: personAt(fromIssuer), personAfter: personAt(toIssuer) }, (done, total) => {
      if (done === 1) bar.start(total, done);
      else bar.update(done);
    });
    bar.stop();
    for (const { line, appId } of report.conflicts) process.stderr.write(`Line ${line}: both subjects are active members of the app ${appId}. Remove one of the two members, then run the command again.\n`);
    process.stdout.write(json ? `${JSON.stringify({ ...report, dryRun: dryRun === true })}\n` : sentenceOf(report, dryRun === true));
    if (report.unknown === report.lines) process.stderr.write('No subject of the map is in an app. Check --from-issuer, which must be the former AUTH_ISSUER exactly, and the columns of the map.\n');
    if (report.conflicts.length > 0 || report.unknown === report.lines) throw new CommandFailed();
  } finally {
    bar.stop();
    await membership.close();
  }
}

function sentenceOf({ lines, memberships, apps, alreadyDone, unknown, conflicts }: RebindingReport, dryRun: boolean): string {
  const rest = conflicts.length === 0 ? '' : `, ${conflicts.length} could not be applied`;
  return `${lines} lines: ${memberships} memberships in ${apps} apps ${dryRun ? 'would get' : 'have'} a new sign-in, ${alreadyDone} lines were applied before, ${unknown} people are in no app${rest}.\n`;
}
