import { UnreadableLine } from './cloudEvent';

/** No line of a bundle comes near it: an event holds at most 1,000 contacts. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_END = 0x0a;

/**
 * The lines of a file, at "\n" alone: what else some programs take for the end of a line may stand in a name.
 * @throws UnreadableLine for one that is longer than 16 MiB or no UTF-8.
 */
export async function* bundleLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let waiting: Buffer[] = [];
  let size = 0;
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size > MAX_LINE_BYTES) throw new UnreadableLine(`it is longer than ${MAX_LINE_BYTES.toLocaleString('en')} bytes`);
    waiting.push(part);
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
      keep(chunk.subarray(start, end));
      yield textOf(Buffer.concat(waiting));
      [waiting, size, start] = [[], 0, end + 1];
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (size > 0) yield textOf(Buffer.concat(waiting));
}

/** Without the carriage return that a way through a mailbox may have added. */
function textOf(line: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line).replace(/\r$/, '');
  } catch {
    throw new UnreadableLine('it is no UTF-8');
  }
}
