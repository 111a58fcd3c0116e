/** The bytes are not a time stamp, or not the one that is needed. The message goes on after "it". */
export class UnreadableToken extends Error {
  override readonly name = 'UnreadableToken';
}
