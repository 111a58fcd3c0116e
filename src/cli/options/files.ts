import { statSync } from 'node:fs';
import { OptionUnusable } from '../failures';

/** Requires that an option or an argument names a file that is there. @param option how the option is written. @throws OptionUnusable */
export function requireFile(path: string, option: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new OptionUnusable(`The file ${path} does not exist. Check ${option}.`);
  if (found.isDirectory()) throw new OptionUnusable(`${path} is a directory, and not a file. Check ${option}.`);
}

/** Does what needs a file or a directory that an option names. @throws OptionUnusable that says why it cannot be used. */
export function using<T>(path: string, option: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new OptionUnusable(`${path} cannot be used: ${sentence(error instanceof Error ? error.message : String(error))} Check ${option}.`, { cause: error });
  }
}

const sentence = (text: string): string => (text.endsWith('.') ? text : `${text}.`);
