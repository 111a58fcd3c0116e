import { ConfigError, parseConfig } from '../../src/config';

/** What is wrong with these settings; nothing where they are taken. */
export function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
