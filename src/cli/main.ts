import { Command, CommanderError } from 'commander';
import { accessCommand } from './access';
import { backupCommand, copyCommand } from './backup';
import { isBrokenPipe } from './brokenPipe';
import { eraseCommand } from './erase';
import { exportCommand } from './export';
import { CommandFailed, failureOf } from './failures';
import { importCommand } from './import';
import { loadCommand } from './load/command';
import { rebindCommand } from './rebind';
import { replayCommand } from './replay';
import { restoreCommand } from './restore';
import { rotateKeyCommand } from './rotateKey';
import { verifyCommand } from './verify';
import { witnessCommand } from './witness/command';

/**
 * Runs `npm run cli -- COMMAND`. Exit codes: 0 for success, 1 for findings or a failure, 2 for wrong usage or invalid settings. With `--json`,
 * standard output has an object with a code and a message in the place of a result that there is not.
 */
async function main(): Promise<number> {
  const program = new Command('partner-access').description('Imports, exports, verifies, backs up, restores and erases data of the event log that the settings name (DATA_DIR or EVENTSTORE_URL).').exitOverride();
  program.addCommand(importCommand());
  program.addCommand(copyCommand());
  program.addCommand(eraseCommand());
  program.addCommand(rebindCommand());
  program.addCommand(exportCommand());
  program.addCommand(accessCommand());
  program.addCommand(verifyCommand());
  program.addCommand(replayCommand());
  program.addCommand(backupCommand());
  program.addCommand(restoreCommand());
  program.addCommand(rotateKeyCommand());
  program.addCommand(loadCommand());
  program.addCommand(witnessCommand());
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommandFailed) return 1;
    const { code, message, exitCode } = failureOf(error);
    // What is wrong with options is on standard error already.
    if (!(error instanceof CommanderError)) process.stderr.write(`${message}\n`);
    if (isJsonWanted(process.argv)) process.stdout.write(`${JSON.stringify({ code, message })}\n`);
    return exitCode;
  }
}

/** Whether the result is printed as JSON, also where other options are wrong. */
function isJsonWanted(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? undefined : end).includes('--json');
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    // A reader that has seen enough, such as `head`, is no failure.
    if (!isBrokenPipe(error)) throw error;
  });
}

// Counts when nothing keeps the process any more before the command is done.
process.exitCode = 1;
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
