import { ACCESS_TABLE, RELATIONS, type Access, type Relation } from '../../src/domain/accessTable';

/** How `docs/access.md` is made anew. */
export const UPDATE_ACCESS_COMMAND = 'UPDATE_DOCS=1 npx jest test/domain/accessTable.test.ts';

const NAMES: Readonly<Record<Relation, readonly [name: string, meaning: string]>> = {
  NOBODY: ['nobody', 'not signed in'],
  STRANGER: ['stranger', 'signed in, and nothing to the app: never invited, or an admin of another one'],
  INVITEE: ['invitee', 'has an open invitation to the app'],
  FORMER: ['former', 'was in the app and left it or was removed'],
  STANDARD: ['standard', 'active user or partner with the role STANDARD'],
  ADMIN: ['admin', 'active user or partner with the role ADMIN'],
  OPERATOR: ['operator', 'signed in with the scope "operator"'],
  AUDITOR: ['auditor', 'signed in with the scope "auditor"'],
};

const ANSWERS: Readonly<Record<Access, readonly [shown: string, meaning: string]>> = {
  ALLOWED: ['yes', 'the rules decide the rest'],
  FORBIDDEN: ['`FORBIDDEN`', 'the person may know of the app, or it is the same whether or not there is one'],
  UNKNOWN: ['–', 'as if there were no such app or invitation: `null`, `APP_NOT_FOUND` or `INVITATION_NOT_FOUND`, in the same words'],
  UNAUTHENTICATED: ['401', '`UNAUTHENTICATED`; also for every token that is wrong in any way, whatever is asked'],
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** The document, from the table that commands and queries go by. */
export function accessDocument(): string {
  return `# Who may do what

Made by \`${UPDATE_ACCESS_COMMAND}\` from the table that commands and queries go by; a test fails when this page says something
else. Do not edit it.

${table(['', ...RELATIONS.map((relation) => NAMES[relation][0])], Object.values(ACCESS_TABLE).map(({ what, access }) => [what, ...RELATIONS.map((relation) => ANSWERS[access[relation]][0])]))}

Several relations may hold for one person; then the best answer of all counts. Who may read is decided by the read models as they are
now, also for questions about the past. Who may write is decided on the app's roster as it is when the event is appended, never by the
token alone and never by a read model.

## The columns

${table(['relation', 'meaning'], RELATIONS.map((relation) => [...NAMES[relation]]))}

## The cells

${table(['answer', 'meaning'], Object.values(ANSWERS).map((answer) => [...answer]))}

## The rows

${table(['action', 'fields of the API'], Object.values(ACCESS_TABLE).map(({ what, fields }) => [what, fields.map((field) => `\`${field}\``).join(', ')]))}

\`Query.node\` answers \`null\` for a user or invitation whose app the person sees without its users.
`;
}
