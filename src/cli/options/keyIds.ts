import { InvalidArgumentError } from 'commander';

/** Parses an option that takes ids of keys, and adds it to those before. */
export function keyIds(text: string, others: readonly string[] = []): readonly string[] {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It must be the id of a key: 64 hexadecimal digits. Write arguments before the option.');
  return [...others, text.toLowerCase()];
}
