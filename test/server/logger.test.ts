import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { createLogger } from '../../src/server/logger';

function linesOf(level: string, log: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  log(createLogger(level, { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }));
  return lines;
}

describe('the log', () => {
  it('writes one JSON object a line, with level, time in UTC, message and fields', () => {
    expect(linesOf('info', (logger) => logger.info({ port: 4000 }, 'listening'))).toEqual([
      { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string, port: 4000, msg: 'listening' },
    ]);
  });

  it('leaves out what is below its level', () => {
    const log = (logger: ReturnType<typeof createLogger>): void => {
      logger.debug('small');
      logger.info('middle');
      logger.error('great');
    };
    expect(linesOf('info', log).map(({ msg }) => msg)).toEqual(['middle', 'great']);
    expect(linesOf('silent', log)).toEqual([]);
  });

  it.each(['authorization', 'cookie', 'set-cookie', 'token', 'tokenHash', 'secret', 'secretKey', 'password'])('hides %s wherever it stands', (field) => {
    const lines = linesOf('info', (logger) => logger.info({ [field]: 'hush', req: { [field]: 'hush', headers: { [field]: 'hush', deep: { [field]: 'hush' } } } }));
    expect(JSON.stringify(lines)).not.toContain('hush');
    expect(lines[0]).toMatchObject({ [field]: '[hidden]', req: { headers: { deep: { [field]: '[hidden]' } } } });
  });

  it('keeps message and stack of an error', () => {
    const [line] = linesOf('info', (logger) => logger.error(new Error('broken')));
    expect(line).toMatchObject({ msg: 'broken', err: { type: 'Error', stack: expect.stringContaining('logger.test') as string } });
  });

  it('has written everything to standard error when the process ends', () => {
    const program = `
      const { createLogger } = require(${JSON.stringify(join(__dirname, '../../dist/server/logger.js'))});
      const logger = createLogger('info');
      for (let n = 0; n < 1000; n++) logger.info({ n });
      process.exit(0);`;
    const written = execFileSync('sh', ['-c', 'exec "$0" -e "$1" 2>&1 >/dev/null', process.execPath, program], { encoding: 'utf8' });
    expect(written.trim().split('\n')).toHaveLength(1000);
  });
});
