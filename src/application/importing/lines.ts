/** A line of an import that cannot be taken as it is written. The lines after it were not imported either. */
export class HistoryProblem extends Error {
  override readonly name = 'HistoryProblem';

  constructor(
    readonly line: number,
    readonly reason: string,
  ) {
    super(`Line ${line}: ${reason}`);
  }
}

/** A line of a file, counted from 1, without its line end. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

/** Returns the bytes of a file, from the first one, at each call. */
export type ByteSource = () => AsyncIterable<Buffer>;

const MAX_LINE = 10_000;
const MAX_BYTES_PER_CHARACTER = 4;
const LINE_FEED = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the lines of a file in UTF-8. A byte order mark at the start is skipped, and lines may end with CR LF.
 * @param maxLength most characters of a line; a longer one is refused.
 * @throws HistoryProblem at a line that is too long or is not UTF-8.
 */
export async function* strictLines(bytes: ByteSource, maxLength = MAX_LINE): AsyncIterable<Line> {
  let number = 0;
  for await (const line of rawLines(bytes, maxLength)) {
    number += 1;
    yield { number, text: textOf(line, number, maxLength) };
  }
}

/** Reads the lines of a file as bytes. @throws HistoryProblem at a line that is too long. */
export async function* rawLines(bytes: ByteSource, maxLength = MAX_LINE): AsyncIterable<Buffer> {
  let number = 1;
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes()) {
    let begin = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, begin)) {
      yield Buffer.concat([...begun, chunk.subarray(begin, end)]);
      number += 1;
      begun = [];
      length = 0;
      begin = end + 1;
    }
    begun.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > MAX_BYTES_PER_CHARACTER * maxLength) throw tooLong(number, length, maxLength);
  }
  if (length > 0) yield Buffer.concat(begun);
}

function textOf(line: Buffer, number: number, maxLength: number): string {
  if (number === 1 && (/^(?:\xfe\xff|\xff\xfe)/.test(line.toString('latin1', 0, 2)) || line.subarray(0, 4).includes(0))) {
    throw new HistoryProblem(number, 'the file is in UTF-16. Save it as UTF-8.');
  }
  let text: string;
  try {
    text = UTF8.decode(line);
  } catch {
    throw new HistoryProblem(number, 'the line is not UTF-8. Save the file as UTF-8, not as Latin-1 or Windows-1252.');
  }
  const plain = (number === 1 ? text.replace(/^\ufeff/, '') : text).replace(/\r$/, '');
  if (plain.length > maxLength) throw tooLong(number, plain.length, maxLength);
  return plain;
}

const tooLong = (number: number, length: number, maxLength: number): HistoryProblem => new HistoryProblem(number, `the line has ${length} characters; at most ${maxLength} are allowed.`);
