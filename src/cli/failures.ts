import { CommanderError } from 'commander';
import { ConfigError } from '../config';
import { DomainError } from '../domain/domainError';
import { UnreadableKey } from '../proofs/checkpoints/privateKey';
import { NotComparable } from '../proofs/evidence/bundleFile';

/** The command has printed findings or differences; the exit code is 1 and nothing more is printed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** An option or an argument cannot be used as it was given, such as the name of a file that does not exist. The exit code is 2. */
export class OptionUnusable extends Error {
  override readonly name = 'OptionUnusable';
}

/** Why a command ended without its result. */
export interface Failure {
  readonly code: 'UNKNOWN_OPTION' | 'WRONG_USAGE' | 'OPTION_UNUSABLE' | 'KEY_UNREADABLE' | 'INVALID_SETTINGS' | 'FAILED';
  /** A sentence that says what was wrong and what to do. */
  readonly message: string;
  readonly exitCode: 1 | 2;
}

/** What an error says about the command that threw it. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError) return { code: error.code === 'commander.unknownOption' ? 'UNKNOWN_OPTION' : 'WRONG_USAGE', message: message.replace(/^error: /, ''), exitCode: 2 };
  // What is wrong with the lines of a file is another error, so that this is about an option.
  if (error instanceof DomainError && (error.code === 'INVALID_INPUT' || error.code === 'INVALID_KEAP_ID')) return { code: 'WRONG_USAGE', message, exitCode: 2 };
  if (error instanceof OptionUnusable || error instanceof NotComparable) return { code: 'OPTION_UNUSABLE', message, exitCode: 2 };
  if (error instanceof UnreadableKey) return { code: 'KEY_UNREADABLE', message, exitCode: 2 };
  return error instanceof ConfigError ? { code: 'INVALID_SETTINGS', message, exitCode: 2 } : { code: 'FAILED', message, exitCode: 1 };
}
