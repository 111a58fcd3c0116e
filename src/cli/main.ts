import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config';
import { backupCommand } from './backupCommand';
import { CommandFailed } from './commandFailed';
import { copyCommand } from './copyCommand';
import { eraseCommand } from './eraseCommand';
import { exportCommand } from './exportCommand';
import { importCommand } from './importCommand';
import { replayCommand } from './replayCommand';
import { verifyCommand } from './verifyCommand';

/** `npm run cli -- COMMAND`. Exit codes: 0 done, 1 the command's own finding or failure, 2 wrong use. */
async function main(): Promise<number> {
  const program = new Command('partner-access').description('Works on the event log of this service, in DATA_DIR.').exitOverride();
  program.addCommand(importCommand());
  program.addCommand(copyCommand());
  program.addCommand(eraseCommand());
  program.addCommand(exportCommand());
  program.addCommand(verifyCommand());
  program.addCommand(replayCommand());
  program.addCommand(backupCommand());
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommandFailed) return 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
