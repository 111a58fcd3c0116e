import { randomBytes } from 'node:crypto';
import type { Caller } from '../../../src/application/commandTypes';
import { newRun } from '../../../src/application/handling/append';
import { PersonBindings } from '../../../src/application/people/bindings';
import { DryRunEventStore } from '../../../src/eventstore/dryRunStore';
import { after, MINUTE } from '../../domain/moments';
import { operator } from '../../domain/people';
import { EMPTY } from './identityTable';

const X = 'desk@agency.example';
const request = { correlationId: 'c' };

describe('the holder of a Keap ID', () => {
  let now: string;
  let store: DryRunEventStore;
  let bindings: PersonBindings;
  beforeEach(() => {
    now = after(10 * MINUTE);
    store = new DryRunEventStore(EMPTY);
    bindings = new PersonBindings(store, { now: () => now }, randomBytes(32));
  });

  const claim = (personId: string, issuedAt: string | null = null, keapId = X): Promise<string | null> => {
    const caller: Caller = { actor: { personId, keapId, scopes: [] }, keapId, name: null, issuedAt, request };
    return bindings.claim(caller, keapId, newRun(caller));
  };
  const release = (): Promise<unknown> => bindings.release({ keapId: X }, newRun({ actor: operator, keapId: '', name: null, issuedAt: null, request }));

  it('is whoever stated it last, and is recorded once', async () => {
    expect(await bindings.ownerOf(X)).toBeNull();
    for (const personId of ['first', 'first', 'second', 'second', 'first']) expect(await claim(personId)).toBe(personId);
    expect(store.appended.map(({ type, data }) => [type, data['personId']])).toEqual([['KeapIdBound', 'first'], ['KeapIdBound', 'second'], ['KeapIdBound', 'first']]);
  });

  it('keeps it against a token that was issued earlier, and loses it to one of the same second', async () => {
    expect(await claim('first', after(5 * MINUTE))).toBe('first');
    expect(await claim('second', after(4 * MINUTE))).toBe('first');
    expect(await claim('second', after(5 * MINUTE))).toBe('second');
    expect(await claim('first', after(4 * MINUTE))).toBe('second');
  });

  it('is one person after claims at the same moment', async () => {
    const people = Array.from({ length: 10 }, (_, index) => `person ${index}`);
    expect(await Promise.all(people.map((personId) => claim(personId)))).toEqual(people);
    expect(store.appended).toHaveLength(10);
    expect(await bindings.ownerOf(X)).toBe(store.appended.at(-1)?.data['personId']);
  });

  it('who lost it by a release gets it back only by a token that was issued since, also when somebody else has held it meanwhile', async () => {
    await claim('first', after(5 * MINUTE));
    await release();
    for (const issuedAt of [null, after(5 * MINUTE), now]) expect(await claim('first', issuedAt)).toBeNull();
    expect(await claim('second', after(5 * MINUTE))).toBe('second');
    expect(await claim('first')).toBe('second');
    now = after(20 * MINUTE);
    expect(await claim('first', after(11 * MINUTE))).toBe('first');
    expect(await claim('second')).toBe('second');
  });

  it('of a domain with other than ASCII letters is the one whom the former form of the address names, until somebody states it', async () => {
    await claim('first', null, 'a@bücher.example');
    const address = 'a@xn--bcher-kva.example';
    expect(await bindings.ownerOf(address)).toBe('first');
    expect(await claim('first', null, address)).toBe('first');
    expect(store.appended).toHaveLength(1);
    expect(await claim('second', null, address)).toBe('second');
    expect(await bindings.ownerOf(address)).toBe('second');
    expect(await bindings.ownerOf('a@other.example')).toBeNull();
  });
});
