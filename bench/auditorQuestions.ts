/** A question of an auditor, with the block of the documentation that answers it. */
export interface AuditorQuestion {
  readonly number: number;
  readonly question: string;
  /** `graphql` or `sh`. */
  readonly language: string;
  readonly text: string;
}

/** Reads the questions from the text of docs/auditing.md: headings with a number, each with one fenced block. */
export const auditorQuestions = (document: string): readonly AuditorQuestion[] =>
  [...document.matchAll(/^### (\d+)\. (.+)\n\n```(\w+)\n([^]*?)^```$/gm)].map(([, number, question = '', language = '', text = '']) => ({ number: Number(number), question, language, text }));
