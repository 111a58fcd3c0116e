import { cellOf, membershipStates, NOTHING_NEW, wishes } from './membershipTable';

/** How `docs/membership-rules.md` is made anew. */
export const UPDATE_COMMAND = 'npm run docs:rules';

const isRefusal = (cell: string): boolean => /^[A-Z_]+$/.test(cell);
const shown = (cell: string): string => (isRefusal(cell) ? `\`${cell}\`` : cell === NOTHING_NEW ? `*${cell}*` : `**${cell}**`);
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** The document, decided by the deciders cell by cell. */
export function membershipRulesDocument(): string {
  return `# What a person is, and what may happen next

Made by \`${UPDATE_COMMAND}\` from the rules themselves; a test fails when this page says something else than they do. Do not edit it.

Rows are what a person is in an app, columns what is wished. A cell is the **event** that is recorded, the \`CODE\` of the
refusal, or *${NOTHING_NEW}* where the wish is true already: the same answer, and no event.

${table(
    ['', ...wishes.map(({ name }) => name)],
    membershipStates.map((state) => [`**${state.name}**`, ...wishes.map((wish) => shown(cellOf(state, wish)))]),
  )}

## The rows

${table(['state', 'meaning', 'events of the person'], membershipStates.map(({ name, meaning, past }) => [name, meaning, past.map(({ type }) => type).join(', ') || 'none']))}

From the moment of its expiry on an invitation is expired, whether or not \`InvitationExpired\` has been recorded.

## The columns

${table(['wish', 'meaning'], wishes.map(({ name, meaning }) => [name, meaning]))}

The admin of the table is an active partner with the role ADMIN; who is not an active admin is answered \`FORBIDDEN\`, and who is
not in the app \`APP_NOT_FOUND\`. With contacts assigned, leaving and removing are answered \`HAS_ASSIGNED_CONTACTS\`; with
no licence free, inviting a user, or sending an expired invitation of a user again, \`NO_LICENCE_AVAILABLE\`.
`;
}
