import { accountStream, appIdOfStream, auditStream, contactsStream, mailStream, personStream, requestStream, rosterStream, webhookStream, WEBHOOKS_STREAM } from '../../src/domain/streams';

describe('stream names', () => {
  it('of an app\'s two streams contain the app id, also when it looks like a prefix', () => {
    for (const appId of ['gx624', 'app-x', 'contacts-x', 'person-x']) {
      expect(appIdOfStream(rosterStream(appId))).toBe(appId);
      expect(appIdOfStream(contactsStream(appId))).toBe(appId);
    }
  });

  it('of other streams contain no app id', () => {
    for (const stream of [personStream('k'), accountStream('u'), requestStream('r'), mailStream('gx624'), auditStream('2026-03-01T00:00:00.000Z'), webhookStream('w'), WEBHOOKS_STREAM, '$all', '']) expect(appIdOfStream(stream)).toBeUndefined();
  });

  it('are unique', () => {
    const names = [rosterStream, contactsStream, personStream, accountStream, requestStream, mailStream, webhookStream].map((nameOf) => nameOf('x'));
    expect(new Set(names).size).toBe(names.length);
  });

  it('of reads by auditors are one per month', () => {
    expect(['2026-02-28T23:59:59.999Z', '2026-03-01T00:00:00.000Z', '2026-03-31T23:59:59.999Z'].map(auditStream)).toEqual(['audit-2026-02', 'audit-2026-03', 'audit-2026-03']);
  });
});
