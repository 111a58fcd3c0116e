import type { RenameApp } from '../../../../src/domain/roster/decide';
import { given } from '../../given';
import { auditor, importer, mallory, olga, operator } from '../../people';
import { appOf, appRenamed } from '../../rosterHistory';

const URL_NOW = 'https://gx624.example.com';
const rename = (name: string, url: string | null = null): RenameApp => ({ type: 'RenameApp', name, url });

describe('renaming an app', () => {
  it('is allowed to operators and to the system, not to admins of the app', () => {
    for (const actor of [operator, importer]) given(...appOf(3)).when(rename('Keap Max'), { actor }).then([appRenamed('Keap Max', URL_NOW)]);
    for (const actor of [olga, auditor, mallory]) given(...appOf(3)).when(rename('Keap Max'), { actor }).thenRefuses('FORBIDDEN');
  });

  it('keeps the URL unless another one is given', () => {
    given(...appOf(3))
      .when(rename('Keap Max', 'https://max.example'), { actor: operator })
      .then([appRenamed('Keap Max', 'https://max.example')])
      .when(rename('Keap Ultra'), { actor: operator })
      .then([appRenamed('Keap Ultra', 'https://max.example')])
      .when(rename('Keap Ultra', URL_NOW), { actor: operator })
      .then([appRenamed('Keap Ultra', URL_NOW)]);
  });

  it('writes nothing when name and URL are the same, compared as they are stored', () => {
    const story = given(...appOf(3));
    for (const same of [rename('Keap Pro Recording'), rename('  Keap Pro Recording '), rename('Keap Pro Recording', ` ${URL_NOW}`)]) story.when(same, { actor: operator }).then([]);
  });

  it('checks the name and the URL as registering does', () => {
    const story = given(...appOf(3));
    story.when(rename(' '), { actor: operator }).thenRefuses('INVALID_INPUT', { field: 'name' });
    story.when(rename('x'.repeat(101)), { actor: operator }).thenRefuses('INVALID_INPUT', { field: 'name' });
    story.when(rename('Keap', 'ftp://keap.example'), { actor: operator }).thenRefuses('INVALID_INPUT', { field: 'url' });
  });

  it('is refused for an app that is not registered', () => {
    given().when(rename('Keap'), { actor: operator }).thenRefuses('APP_NOT_FOUND');
  });
});
