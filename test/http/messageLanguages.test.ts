import { PersonLanguages } from '../../src/application/delivery/messages/personLanguages';
import { systemCaller } from '../../src/application/commandTypes';
import { SmtpInbox } from '../support/smtpInbox';
import type { Json, Person } from '../support/person';
import { SignedInService } from './signedInAs';

describe('the language of messages', () => {
  let inbox: SmtpInbox;
  let signedIn: SignedInService;
  let owner: Person;
  beforeAll(async () => {
    inbox = await SmtpInbox.start();
    signedIn = await SignedInService.start({ env: inbox.env, sends: ['mail'] });
    owner = signedIn.as({ sub: 'owner', email: 'owner@agency.example', locale: 'de-DE' });
    const operator = signedIn.as({ sub: 'operator', email: 'operator@agency.example', scope: 'operator' });
    await operator.mutate('registerApp', { appId: 'gx624', name: 'Recording', licences: 5, ownerKeapId: 'owner@agency.example' });
  });
  afterAll(async () => {
    await signedIn.service.close();
    await inbox.close();
  });

  const signIn = async (sub: string, locale: unknown, headers = {}): Promise<string> => {
    const email = `${sub}@coach.example`;
    await signedIn.as({ sub, email, locale }).read('{ viewer { personId } }', {}, headers);
    return email;
  };
  const subjectTo = async (keapId: string): Promise<string | undefined> => {
    await owner.mutate('invitePartner', { appId: 'gx624', keapId, role: 'STANDARD' });
    const [mail] = await inbox.untilArrived(keapId);
    return mail?.parsed.subject;
  };
  const noted = async (): Promise<readonly Json[]> => {
    const found: Json[] = [];
    for await (const { type, data } of signedIn.service.running.membership.store.readAll()) if (type === 'LanguageNoted') found.push(data);
    return found;
  };
  const ENGLISH = 'owner@agency.example invites you to gx624 Recording';
  const GERMAN = 'owner@agency.example lädt Sie zu gx624 Recording ein';

  it('is that of the recipient\'s last sign-in, where there are texts in it, and not that of the inviter', async () => {
    expect(await subjectTo(await signIn('anna', 'de-AT'))).toBe(GERMAN);
    for (const [index, locale] of ['en-GB', 'fr', '', 7, ['de'], 'de'.repeat(50), undefined].entries()) expect(await subjectTo(await signIn(`other-${index}`, locale))).toBe(ENGLISH);
    expect(await subjectTo('stranger@coach.example')).toBe(ENGLISH);
  });

  it('is recorded once, only where it changes messages, and never by a dry run', async () => {
    const before = await noted();
    for (const locale of ['de', 'de-CH', 'DE']) await signIn('bert', locale);
    await signIn('carl', 'de', { 'x-dry-run': 'true' });
    expect(await noted()).toEqual([...before, { language: 'de' }]);
    expect(await subjectTo('bert@coach.example')).toBe(GERMAN);
    expect(await subjectTo('carl@coach.example')).toBe(ENGLISH);
  });

  it('changes when the person signs in with another one', async () => {
    const { store, clock } = signedIn.service.running.membership;
    const caller = { ...systemCaller('mail'), actor: { personId: 'dora', keapId: 'dora@coach.example', scopes: [] } };
    const seen: string[] = [];
    for (const language of ['de', 'en', 'de', 'fr']) {
      // Each process remembers for a minute whom it has seen.
      const languages = new PersonLanguages(store, clock, Buffer.alloc(32), 'en');
      await languages.note(caller, language);
      seen.push(await languages.languageFor('dora@coach.example'));
    }
    expect(seen).toEqual(['de', 'en', 'de', 'en']);
  });
});
