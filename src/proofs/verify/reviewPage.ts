import { PAGE_AFTER, PAGE_START, PAGE_VERSION, pageBefore, SEALED_FILE_END, SEALED_FILE_START, unescaped } from '../review/page';
import { PAGE_LANGUAGES } from '../review/pageTexts';
import { readBundle } from './bundle';
import type { ReadBundle } from './bundleResult';
import type { Finding } from './findings';
import { type KeptEvidence, NOTHING_KEPT } from './kept';

/**
 * Verifies a bundle as `readBundle` does, or the page of an access review: the bundle in it, and that the page says what that says.
 * @param trustedKeyIds keys that may sign; null allows any key. @throws Error for a page that this version of the program cannot make.
 */
export async function readBundleOrPage(lines: AsyncIterable<string>, trustedKeyIds: readonly string[] | null, kept: KeptEvidence = NOTHING_KEPT): Promise<ReadBundle> {
  const page = new PageReader();
  const read = await readBundle(page.bundleIn(lines), trustedKeyIds, kept);
  const findings = page.isPage ? page.findings(read) : [];
  return { ...read, verification: { ...read.verification, findings: [...read.verification.findings, ...findings] } };
}

/** The lines of the bundle in a page; of a bundle, its own. */
export const bundleInPage = (lines: AsyncIterable<string>): AsyncIterable<string> => new PageReader().bundleIn(lines);

/** Differences that are told one by one. */
const MAX_TOLD = 20;

/** Takes a page apart. A bundle that is no page passes through. */
class PageReader {
  readonly #before: string[] = [];
  readonly #after: string[] = [];
  #isPage: boolean | undefined;

  get isPage(): boolean {
    return this.#isPage === true;
  }

  /** The lines of the bundle in a page. */
  async *bundleIn(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    let shown = this.#before;
    for await (const line of lines) {
      this.#isPage ??= line === PAGE_START;
      if (!this.#isPage) {
        yield line;
        continue;
      }
      const isSealed = shown === this.#before && shown.at(-1) === SEALED_FILE_START;
      if (isSealed && line !== SEALED_FILE_END) {
        yield unescaped(line);
        continue;
      }
      if (isSealed) shown = this.#after;
      shown.push(line);
    }
  }

  /** Compares what the page shows with the page that the bundle in it gives. @throws Error when another version of the program made the page. */
  findings({ report, checkpoint, verification: { storeId } }: ReadBundle): readonly Finding[] {
    if (report === null || checkpoint === null) return [];
    const language = PAGE_LANGUAGES.find((one) => this.#before[LANGUAGE_LINE] === `<html lang="${one}">`);
    if (language === undefined || this.#before[VERSION_LINE] !== PAGE_VERSION) {
      throw new Error('Another version of this program made the page, so it cannot be compared with the sealed file in it. Export the review again, or verify its NDJSON file.');
    }
    const expected = [...pageBefore({ report, storeId, checkpoint, language }), ...PAGE_AFTER];
    const found = [...this.#before, ...this.#after];
    const changed = (message: string): Finding => ({ what: 'REVIEW_CHANGED', message });
    const differences = expected.flatMap((line, index) => (line === found[index] ? [] : [{ number: index + 1, told: textOf(found[index] ?? ''), signed: textOf(line) }]));
    const sentence = ({ number, told, signed }: Difference): string => `Line ${number} of the page ${told === signed ? 'has another form than the sealed file in it gives' : `says "${told}", and by the sealed file in it "${signed}"`}.`;
    if (found.length !== expected.length) {
      const what = found.length > expected.length ? 'The page has more lines than the sealed file in it gives.' : 'The page has fewer lines than the sealed file in it gives.';
      return [changed([what, ...differences.slice(0, 1).map(sentence)].join(' '))];
    }
    return [
      ...differences.slice(0, MAX_TOLD).map((difference) => changed(sentence(difference))),
      ...(differences.length > MAX_TOLD ? [changed(`${differences.length - MAX_TOLD} more lines of the page do not say what the sealed file in it does.`)] : []),
    ];
  }
}

interface Difference {
  readonly number: number;
  readonly told: string;
  readonly signed: string;
}

const LANGUAGE_LINE = 1;
const VERSION_LINE = 5;

/** What people read in a line of the page. */
const textOf = (line: string): string => unescaped(line.replace(/<[^<>]*>/g, ' ')).replaceAll('&quot;', '"').replace(/\s+/g, ' ').trim();
