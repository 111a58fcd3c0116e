import { ReadingProgress } from '../../src/composition/readingProgress';

describe('the progress of a reading', () => {
  let now = 0;
  const lines: string[] = [];
  const progress = (): ReadingProgress => new ReadingProgress('reading', (line) => lines.push(line), () => now);
  beforeEach(() => {
    now = 0;
    lines.length = 0;
  });

  it('is told every five seconds, with the time that is left', () => {
    const reading = progress();
    for (let second = 1; second <= 12; second += 1) {
      now = second * 1_000;
      reading.at(second * 1_000, second / 100);
    }
    expect(lines).toEqual(['reading: 5,000 events, 5 %, about 95 s left\n', 'reading: 10,000 events, 10 %, about 90 s left\n']);
  });

  it('says minutes and hours where it takes long, and no time where the end is not known', () => {
    const reading = progress();
    now = 6_000;
    reading.at(300, 0.01);
    now = 12_000;
    reading.at(400, 0.001);
    now = 18_000;
    reading.at(500, null);
    expect(lines).toEqual(['reading: 300 events, 1 %, about 10 min left\n', 'reading: 400 events, 0 %, about 3 h 20 min left\n', 'reading: 500 events\n']);
  });
});
