import { preparedInParts } from '../../../src/application/importing/lookAhead';

describe('items that are prepared in parts', () => {
  it('come in order, each after its part was prepared, and those before a failure come before it', async () => {
    const steps: string[] = [];
    const items = async function* (): AsyncGenerator<number> {
      for (let item = 1; item <= 5; item += 1) yield await Promise.resolve(item);
      throw new Error('Item 6 is damaged.');
    };
    const prepare = (part: readonly number[]): Promise<void> => {
      steps.push(`prepare ${part.join(' ')}`);
      return Promise.resolve();
    };
    const use = async (): Promise<void> => {
      for await (const item of preparedInParts(items(), 2, prepare)) steps.push(`use ${item}`);
    };
    await expect(use()).rejects.toThrow('Item 6 is damaged.');
    expect(steps).toEqual(['prepare 1 2', 'use 1', 'use 2', 'prepare 3 4', 'use 3', 'use 4', 'prepare 5', 'use 5']);
  });

  it('are read no further when nobody wants more', async () => {
    let [read, ended] = [0, false];
    const items = async function* (): AsyncGenerator<number> {
      try {
        for (;;) yield await Promise.resolve(read += 1);
      } finally {
        ended = true;
      }
    };
    for await (const item of preparedInParts(items(), 2, () => Promise.resolve())) if (item === 3) break;
    expect([read, ended]).toEqual([4, true]);
  });
});
