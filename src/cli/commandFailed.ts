/** The command has printed findings or differences; the exit code is 1 and nothing more is printed. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
