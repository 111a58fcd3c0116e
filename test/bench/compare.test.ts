import { compared, parseResults } from '../../bench/compare';

const run = (rate: number, noise: number | null) => ({ bench: 'query', noise, tables: [{ title: 'Requests', columns: ['requests/s', 'of the limit'], rows: [{ name: 'the page', values: [rate, 0.5] }] }] });

describe('two runs of a benchmark', () => {
  it('differ where the difference is larger than the noise of both', () => {
    expect(compared([run(1000, 0.1)], [run(1300, 0.2)])).toEqual([
      { title: 'Requests: differences above 20 %, which noise explains', columns: ['before', 'now', 'now / before'], rows: [{ name: 'the page: requests/s', values: [1000, 1300, 1.3] }] },
    ]);
    expect(compared([run(1000, 0.1)], [run(1300, 0.4)])[0]).toMatchObject({ title: 'Requests: nothing differs by more than 40 %, which noise explains', rows: [] });
    expect(compared([run(1000, null)], [run(1040, null)])[0]).toMatchObject({ title: 'Requests: nothing differs by more than 5 %, which noise explains', rows: [] });
  });

  it('are compared in what both have measured', () => {
    expect(compared([], [run(1000, null)])).toEqual([]);
    const [table] = compared([run(1000, null)], [{ ...run(2000, null), tables: [{ title: 'Requests', columns: ['of the limit', 'p99 ms'], rows: [{ name: 'the page', values: [0.25, 9] }, { name: 'another', values: [1, 1] }] }] }]);
    expect(table?.rows).toEqual([{ name: 'the page: of the limit', values: [0.5, 0.25, 0.5] }]);
  });

  it('are read from what --json prints, and from nothing else', () => {
    expect(parseResults(JSON.stringify([run(1, null)]))).toEqual([run(1, null)]);
    for (const text of ['{}', '[1]', '[{"bench":"query"}]']) expect(() => parseResults(text)).toThrow('It does not hold what "npm run --silent bench -- --json" prints.');
  });
});
