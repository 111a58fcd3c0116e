import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_TABLE, accessOf, mayDo, relationsOfScopes } from '../../src/domain/access';
import { accessDocument, UPDATE_ACCESS_COMMAND } from './accessDocument';

describe('the access table', () => {
  it('gives the most permissive answer of several relations', () => {
    expect(accessOf('administer', ['STANDARD'])).toBe('FORBIDDEN');
    expect(accessOf('administer', ['STANDARD', 'ADMIN'])).toBe('ALLOWED');
    expect(accessOf('administer', ['STRANGER', 'AUDITOR'])).toBe('FORBIDDEN');
    expect(accessOf('seeUsers', ['OPERATOR', 'AUDITOR'])).toBe('ALLOWED');
  });

  it('treats a person without a relation as a stranger', () => {
    expect([accessOf('seeApp', []), accessOf('operate', []), mayDo('seeOneself', [])]).toEqual(['UNKNOWN', 'FORBIDDEN', true]);
  });

  it('maps scopes to relations', () => {
    expect(relationsOfScopes(['auditor', 'operator'])).toEqual(['AUDITOR', 'OPERATOR']);
    expect(relationsOfScopes([])).toEqual([]);
  });

  it('allows auditors no mutation but to start an access review', () => {
    const writes = Object.values(ACCESS_TABLE).filter(({ fields }) => fields.some((field) => field.startsWith('Mutation.')));
    expect(writes.length).toBeGreaterThan(4);
    expect(writes.filter(({ access }) => access.AUDITOR === 'ALLOWED').flatMap(({ fields }) => fields)).toEqual(['Mutation.startAccessReview']);
  });

  it('allows nothing but the preview of an invitation without a sign-in', () => {
    expect(Object.entries(ACCESS_TABLE).filter(([, { access }]) => access.NOBODY !== 'UNAUTHENTICATED').map(([action]) => action)).toEqual(['previewInvitation']);
  });

  it('matches docs/access.md', () => {
    const file = join(__dirname, '../../docs/access.md');
    const document = accessDocument();
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, document);
    const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (page !== document) throw new Error(`docs/access.md is not what the table says: run \`${UPDATE_ACCESS_COMMAND}\` and look at what has changed.`);
  });
});
