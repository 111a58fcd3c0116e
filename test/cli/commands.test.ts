import { cliProcess, ProgramProcess } from '../support/serviceProcess';

const NAMES = ['import', 'copy', 'erase', 'rebind', 'export', 'access', 'verify', 'replay', 'backup', 'restore', 'rotate-key', 'load', 'witness'];

describe('the commands', () => {
  it('are all in the help, and one is suggested for a name that is misspelt', async () => {
    const [help, misspelt] = await Promise.all([cliProcess(['--help']).ended, cliProcess(['verfy']).ended]);
    expect([...help.stdout.matchAll(/^ {2}([a-z-]+)(?: .*)? {2}/gm)].map(([, name]) => name)).toEqual(expect.arrayContaining(NAMES));
    expect(help.code).toBe(0);
    expect(misspelt).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean verify?') });
  });

  it('load nothing of each other, so that each begins at once', async () => {
    const { stdout } = await new ProgramProcess('test/support/loadedByCommand.cjs', ['verify', 'missing.ndjson'], {}).ended;
    const loaded = JSON.parse(stdout) as string[];
    expect(loaded).toContain('cli/verify.js');
    expect(loaded.filter((file) => ['erase', 'import', 'load/command', 'witness/command'].some((name) => file === `cli/${name}.js`))).toEqual([]);
  });
});
