import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The top directory of the project. */
export const TOP = join(__dirname, '../..');

/** A fenced block of a document. */
interface Snippet {
  readonly language: string;
  readonly text: string;
}

/** All fenced blocks of a document, in order. */
export const snippetsOf = (document: string): readonly Snippet[] =>
  [...readFileSync(join(TOP, document), 'utf8').matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }));

/** The fenced blocks of a document by the names that a test gives them. */
export class Snippets<Name extends string> {
  readonly #all: readonly Snippet[];

  /** @param patterns name each block of the document, by a pattern that matches its text and no other block's. */
  constructor(
    readonly document: string,
    private readonly patterns: Readonly<Record<Name, RegExp>>,
  ) {
    this.#all = snippetsOf(document);
  }

  /** The text of the block with this name. @throws Error when not exactly one block has it. */
  text(name: Name): string {
    const [snippet, ...others] = this.#all.filter(({ text }) => this.patterns[name].test(text));
    if (snippet === undefined || others.length > 0) throw new Error(`${this.document} has ${others.length + (snippet ? 1 : 0)} blocks that are "${name}". Adapt the patterns of the test.`);
    return snippet.text;
  }

  /** The blocks that have no name. */
  get unknown(): readonly Snippet[] {
    const patterns: readonly RegExp[] = Object.values(this.patterns);
    return this.#all.filter(({ text }) => !patterns.some((pattern) => pattern.test(text)));
  }
}
