/** An operation of the menu: its title, which is the first line's comment, and its text. */
export interface SavedOperation {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

const texts = import.meta.glob<string>('./operations/*.graphql', { query: '?raw', import: 'default', eager: true });

/** The operations of the folder `operations`, in the order of their file names. */
export const savedOperations: readonly SavedOperation[] = Object.entries(texts).map(([file, text]) => ({
  name: file.replace(/^.*\/|\.graphql$/g, ''),
  title: text.split('\n', 1)[0]?.replace(/^#\s*/, '') ?? file,
  text,
}));
