import { Command, CommanderError } from 'commander';
import { isBrokenPipe } from './brokenPipe';
import { CommandFailed, failureOf } from './failures';

/** The commands by name, in the order of the help. Loading them all would take longer than many of them take, so each loads what it needs. */
const COMMANDS = new Map<string, () => Promise<Command>>([
  ['import', async () => (await import('./import.js')).importCommand()],
  ['copy', async () => (await import('./backup.js')).copyCommand()],
  ['erase', async () => (await import('./erase.js')).eraseCommand()],
  ['rebind', async () => (await import('./rebind.js')).rebindCommand()],
  ['export', async () => (await import('./export.js')).exportCommand()],
  ['access', async () => (await import('./access.js')).accessCommand()],
  ['verify', async () => (await import('./verify.js')).verifyCommand()],
  ['replay', async () => (await import('./replay.js')).replayCommand()],
  ['backup', async () => (await import('./backup.js')).backupCommand()],
  ['restore', async () => (await import('./restore.js')).restoreCommand()],
  ['rotate-key', async () => (await import('./rotateKey.js')).rotateKeyCommand()],
  ['load', async () => (await import('./load/command.js')).loadCommand()],
  ['witness', async () => (await import('./witness/command.js')).witnessCommand()],
]);

/**
 * Runs `npm run cli -- COMMAND`. Exit codes: 0 for success, 1 for findings or a failure, 2 for wrong usage or invalid settings. With `--json`,
 * standard output has an object with a code and a message in the place of a result that there is not.
 */
async function main(): Promise<number> {
  const program = new Command('partner-access').description('Imports, exports, verifies, backs up, restores and erases data of the event log that the settings name (DATA_DIR or EVENTSTORE_URL).').exitOverride();
  const named = COMMANDS.get(process.argv[2] ?? '');
  for (const load of named ? [named] : COMMANDS.values()) program.addCommand(await load());
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
