import type { RegisterApp } from '../../../../src/domain/roster/decide';
import { given } from '../../given';
import { auditor, importer, mallory, olga, operator } from '../../people';
import { appOf } from '../../rosterHistory';

const register = (more: Partial<RegisterApp> = {}): RegisterApp => ({
  type: 'RegisterApp',
  appId: 'gx624',
  name: 'Keap Pro Recording',
  url: 'https://gx624.example.com',
  licences: 3,
  ownerKeapId: 'olga@example.com',
  ownerName: 'Olga',
  newUserId: 'user-olga',
  ...more,
});

describe('registering an app', () => {
  it('adds the owner as its first user', () => {
    given().when(register(), { actor: operator }).then(appOf(3));
  });

  it('gives the owner the role ADMIN and a licence', () => {
    const state = given(...appOf(3)).state();
    expect(state.users.get('user-olga')).toMatchObject({ status: 'ACTIVE', kind: 'USER', role: 'ADMIN', epoch: 1 });
  });

  it('trims fields and stores the address as typed', () => {
    given()
      .when(register({ name: '  Keap  ', url: ' https://a.example ', ownerKeapId: ' Olga@Example.com ', ownerName: ' ' }), { actor: operator })
      .then([
        { type: 'AppRegistered', data: { name: 'Keap', url: 'https://a.example', licences: 3 } },
        { type: 'OwnerAdded', data: { userId: 'user-olga', epoch: 1, person: { keapId: 'Olga@Example.com', name: null } } },
      ]);
  });

  it('is allowed to operators and to the system', () => {
    given().when(register(), { actor: importer }).then(appOf(3));
    for (const actor of [olga, mallory, auditor]) given().when(register(), { actor }).thenRefuses('FORBIDDEN');
  });

  it('refuses an app id that is taken', () => {
    given(...appOf(3)).when(register(), { actor: operator }).thenRefuses('APP_ID_TAKEN', { field: 'appId' });
  });

  it.each([
    ['appId', { appId: 'G' }],
    ['name', { name: ' ' }],
    ['url', { url: 'ftp://example.com' }],
    ['licences', { licences: 0 }],
    ['ownerName', { ownerName: 'x'.repeat(201) }],
  ])('names the field %s when it is invalid', (field, wrong) => {
    given().when(register(wrong), { actor: operator }).thenRefuses('INVALID_INPUT', { field });
  });

  it('refuses an owner without a Keap ID', () => {
    given().when(register({ ownerKeapId: 'olga' }), { actor: operator }).thenRefuses('INVALID_KEAP_ID', { field: 'ownerKeapId' });
  });
});
