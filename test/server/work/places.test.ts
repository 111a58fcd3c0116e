import { Places } from '../../../src/server/work/places';

describe('places for requests', () => {
  it('are there for small bodies when a few callers have taken all bytes for large ones', () => {
    const places = new Places(10_000);
    for (let caller = 0; caller < 8; caller += 1) {
      for (let body = 0; body < 128; body += 1) expect(places.take(`caller ${caller}`, 256 * 1024)).toBeInstanceOf(Function);
    }
    expect(places.take('other', 256 * 1024)).toMatch(/as many large requests as it can/);
    const leave = places.take('other', 800);
    if (typeof leave === 'string') throw new Error(leave);
    leave();
    leave();
    expect(places.take('caller 0', 800)).toBeInstanceOf(Function);
  });
});
