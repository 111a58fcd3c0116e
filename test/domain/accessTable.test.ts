import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_TABLE, accessOf, mayDo, relationsOfScopes } from '../../src/domain/accessTable';
import { accessDocument, UPDATE_ACCESS_COMMAND } from './accessDocument';

describe('the table of who may do what', () => {
  it('gives the best answer of all that somebody is', () => {
    expect(accessOf('administer', ['STANDARD'])).toBe('FORBIDDEN');
    expect(accessOf('administer', ['STANDARD', 'ADMIN'])).toBe('ALLOWED');
    expect(accessOf('administer', ['STRANGER', 'AUDITOR'])).toBe('FORBIDDEN');
    expect(accessOf('seeUsers', ['OPERATOR', 'AUDITOR'])).toBe('ALLOWED');
  });

  it('takes somebody who is nothing for a stranger', () => {
    expect([accessOf('seeApp', []), accessOf('operate', []), mayDo('seeOneself', [])]).toEqual(['UNKNOWN', 'FORBIDDEN', true]);
  });

  it('knows the scopes', () => {
    expect(relationsOfScopes(['auditor', 'operator'])).toEqual(['AUDITOR', 'OPERATOR']);
    expect(relationsOfScopes([])).toEqual([]);
  });

  it('lets auditors change nothing', () => {
    const writes = Object.values(ACCESS_TABLE).filter(({ fields }) => fields.some((field) => field.startsWith('Mutation.')));
    expect(writes.length).toBeGreaterThan(4);
    expect(writes.filter(({ access }) => access.AUDITOR === 'ALLOWED')).toEqual([]);
  });

  it('lets nobody do anything without a sign-in but look at an invitation', () => {
    expect(Object.entries(ACCESS_TABLE).filter(([, { access }]) => access.NOBODY !== 'UNAUTHENTICATED').map(([action]) => action)).toEqual(['previewInvitation']);
  });

  it('is what the page says', () => {
    const file = join(__dirname, '../../docs/access.md');
    const document = accessDocument();
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, document);
    const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (page !== document) throw new Error(`docs/access.md is not what the table says: run \`${UPDATE_ACCESS_COMMAND}\` and look at what has changed.`);
  });
});
