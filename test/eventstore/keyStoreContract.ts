import type { KeyStore } from '../../src/eventstore/keyStore';

export interface KeyStoreUnderTest {
  readonly keys: KeyStore;
  /** the same keys, as another process or the same one after a new start sees them. */
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

    it('gives back what was added, also later, and nothing for other ids', async () => {
      expect(await current.keys.add('a1', 'wrapped a')).toEqual({ wrapped: 'wrapped a' });
      const later = await current.again();
      expect(await later.find(['a1', 'b2'])).toEqual(new Map([['a1', { wrapped: 'wrapped a' }]]));
    });

    it('keeps the first of two keys under one id, whoever adds the second', async () => {
      const answers = await Promise.all([current.keys.add('a1', 'one'), current.keys.add('a1', 'two')]);
      expect(answers[0]).toEqual(answers[1]);
      expect(await current.keys.add('a1', 'three')).toEqual(answers[0]);
    });

    it('keeps one check', async () => {
      expect(await current.keys.keepCheck('first')).toBe('first');
      expect(await (await current.again()).keepCheck('second')).toBe('first');
    });

    it('destroys a person\'s keys under one number, which stays', async () => {
      for (const id of ['a1', 'a2', 'b1']) await current.keys.add(id, `wrapped ${id}`);
      expect(await current.keys.erasures()).toBe(0);
      expect(await current.keys.erase(['a1', 'a2'])).toBe(1);
      const seen = await current.keys.erasures();
      expect(seen).toBeGreaterThan(0);
      expect(await current.keys.erase(['b1'])).toBe(2);
      expect(await current.keys.erase(['a2'])).toBe(1);
      const later = await current.again();
      expect(await later.find(['a1', 'a2', 'b1'])).toEqual(new Map([['a1', { erasedAs: 1 }], ['a2', { erasedAs: 1 }], ['b1', { erasedAs: 2 }]]));
      expect(await later.erasures()).toBeGreaterThan(seen);
    });

    it('makes no new key where one was destroyed', async () => {
      await current.keys.add('a1', 'wrapped');
      await current.keys.erase(['a1']);
      expect(await current.keys.add('a1', 'new')).toEqual({ erasedAs: 1 });
    });
  });
}
