import { Turns } from '../../src/application/turns';
import { StoreUnavailable } from '../../src/eventstore/eventStore';

const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
};

describe('turns', () => {
  it('come in order, one at a time at a place, whatever becomes of the one before', async () => {
    const turns = new Turns();
    const seen: string[] = [];
    const { opened, open } = gate();
    const first = turns.take('a', async () => {
      seen.push('first begins');
      await opened;
      seen.push('first fails');
      throw new Error('as it may');
    });
    const second = turns.take('a', () => Promise.resolve(seen.push('second')));
    await turns.take('b', () => Promise.resolve(seen.push('elsewhere')));
    open();
    await expect(first).rejects.toThrow('as it may');
    await second;
    expect(seen).toEqual(['first begins', 'elsewhere', 'first fails', 'second']);
  });

  it('are refused where a thousand wait, and given again when they are gone', async () => {
    const turns = new Turns();
    const { opened, open } = gate();
    const waiting = Array.from({ length: 1000 }, () => turns.take('a', () => opened));
    await expect(turns.take('a', () => Promise.resolve())).rejects.toThrow(StoreUnavailable);
    open();
    await Promise.all(waiting);
    await expect(turns.take('a', () => Promise.resolve('given'))).resolves.toBe('given');
  });
});
