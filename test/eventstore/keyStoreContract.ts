import type { KeptKey, KeyStore } from '../../src/eventstore/people/keyStore';

export interface KeyStoreUnderTest {
  readonly keys: KeyStore;
  /** The same keys, as another process or a restarted one sees them. */
  readonly again: () => Promise<KeyStore>;
  dispose(): Promise<void>;
}

/** Every promise of the port `KeyStore`, as tests that any adapter must pass. */
export function keyStoreContract(name: string, make: () => Promise<KeyStoreUnderTest>): void {
  describe(`${name} keeps the contract of a store of keys`, () => {
    let current: KeyStoreUnderTest;
    beforeEach(async () => {
      current = await make();
    });
    afterEach(() => current.dispose());

    it('returns added keys, also later, and nothing for other ids', async () => {
      expect(await current.keys.add('a1', 'wrapped a')).toEqual({ wrapped: 'wrapped a' });
      const later = await current.again();
      expect(await later.find(['a1', 'b2'])).toEqual(new Map([['a1', { wrapped: 'wrapped a' }]]));
    });

    it('keeps the first of two keys with the same id', async () => {
      const answers = await Promise.all([current.keys.add('a1', 'one'), current.keys.add('a1', 'two')]);
      expect(answers[0]).toEqual(answers[1]);
      expect(await current.keys.add('a1', 'three')).toEqual(answers[0]);
    });

    it('keeps the first check value', async () => {
      expect(await current.keys.keepCheck('first')).toBe('first');
      expect(await (await current.again()).keepCheck('second')).toBe('first');
    });

    it('keeps a key ring, which only who has read it can replace', async () => {
      expect(await current.keys.ring()).toBeNull();
      expect(await current.keys.keepRing('first', 'other')).toBe(false);
      expect(await current.keys.keepRing('first', null)).toBe(true);
      const later = await current.again();
      expect(await later.ring()).toBe('first');
      expect(await later.keepRing('second', null)).toBe(false);
      expect([await later.keepRing('second', 'first'), await later.keepRing('third', 'first')]).toEqual([true, false]);
      expect(await (await current.again()).ring()).toBe('second');
    });

    it('replaces wrapped keys, unless they have changed or were destroyed', async () => {
      for (const id of ['a1', 'b1', 'c1', 'd1']) await current.keys.add(id, `old ${id}`);
      await current.keys.erase(['c1']);
      await current.keys.keepCheck('check');
      const all = async (keys: KeyStore): Promise<Record<string, string>> => {
        const found: Record<string, string> = {};
        for await (const batch of keys.wrapped()) for (const { id, wrapped } of batch) found[id] = wrapped;
        return found;
      };
      expect(await all(current.keys)).toMatchObject({ a1: 'old a1', b1: 'old b1', d1: 'old d1' });
      await current.keys.rewrap([
        { id: 'a1', before: 'old a1', wrapped: 'new a1' }, { id: 'b1', before: 'other', wrapped: 'new b1' },
        { id: 'c1', before: 'old c1', wrapped: 'new c1' }, { id: 'e1', before: 'old e1', wrapped: 'new e1' },
      ]);
      const later = await current.again();
      expect(await later.find(['a1', 'b1', 'c1', 'd1', 'e1'])).toEqual(new Map<string, KeptKey>([
        ['a1', { wrapped: 'new a1' }], ['b1', { wrapped: 'old b1' }], ['c1', { erasedAs: 1 }], ['d1', { wrapped: 'old d1' }],
      ]));
      expect(await all(later)).toMatchObject({ a1: 'new a1', b1: 'old b1', d1: 'old d1' });
    });

    it('destroys a person\'s keys under one number, which does not change', async () => {
      for (const id of ['a1', 'a2', 'b1']) await current.keys.add(id, `wrapped ${id}`);
      expect(await current.keys.erasures()).toBe(0);
      expect(await current.keys.numberFor(['a1', 'a2'])).toBe(1);
      expect(await current.keys.erasures()).toBe(0);
      expect(await current.keys.erase(['a1', 'a2'])).toBe(1);
      expect([await current.keys.numberFor(['a2', 'b1']), await current.keys.numberFor(['b1'])]).toEqual([1, 2]);
      const seen = await current.keys.erasures();
      expect(seen).toBeGreaterThan(0);
      expect(await current.keys.erase(['b1'])).toBe(2);
      expect(await current.keys.erase(['a2'])).toBe(1);
      const later = await current.again();
      expect(await later.find(['a1', 'a2', 'b1'])).toEqual(new Map([['a1', { erasedAs: 1 }], ['a2', { erasedAs: 1 }], ['b1', { erasedAs: 2 }]]));
      expect(await later.erasures()).toBeGreaterThan(seen);
    });

    it('creates no new key in place of a destroyed one', async () => {
      await current.keys.add('a1', 'wrapped');
      await current.keys.erase(['a1']);
      expect(await current.keys.add('a1', 'new')).toEqual({ erasedAs: 1 });
    });
  });
}
