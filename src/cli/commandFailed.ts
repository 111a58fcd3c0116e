/** The command has said what it found, and that is not well; the exit code is 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
