import { parseConnectionSettings, parseWorkSettings } from '../../src/settings/settings';
import { SettingsReader } from '../../src/settings/settingsReader';

describe('settings of the budgets of work', () => {
  const parsed = (env: Record<string, string>): unknown => {
    const read = new SettingsReader(env);
    const settings = parseWorkSettings(read);
    return read.problems.length > 0 ? read.problems : settings;
  };

  it('have a default each, and take what is given', () => {
    expect(parsed({})).toEqual({ workPerPerson: 500, workPerAddress: 500, workPerApp: 500, workSavedSeconds: 30, overloadDelayMs: 300 });
    expect(parsed({ WORK_PER_PERSON: '100', WORK_PER_ADDRESS: '0', WORK_PER_APP: '10000', WORK_SAVED_SECONDS: '1', OVERLOAD_DELAY_MS: '0' })).toEqual({ workPerPerson: 100, workPerAddress: 0, workPerApp: 10_000, workSavedSeconds: 1, overloadDelayMs: 0 });
  });

  it('are refused out of range', () => {
    expect(parsed({ WORK_PER_PERSON: '-1', WORK_PER_ADDRESS: '10001', WORK_PER_APP: 'many', WORK_SAVED_SECONDS: '0', OVERLOAD_DELAY_MS: '10001' })).toEqual([
      'WORK_PER_PERSON must be a whole number from 0 to 10000, and is "-1".',
      'WORK_PER_ADDRESS must be a whole number from 0 to 10000, and is "10001".',
      'WORK_PER_APP must be a whole number from 0 to 10000, and is "many".',
      'WORK_SAVED_SECONDS must be a whole number from 1 to 600, and is "0".',
      'OVERLOAD_DELAY_MS must be a whole number from 0 to 10000, and is "10001".',
    ]);
  });
});

describe('limits of connections', () => {
  const parsed = (env: Record<string, string>): unknown => {
    const read = new SettingsReader(env);
    const settings = parseConnectionSettings(read);
    return read.problems.length > 0 ? read.problems : settings;
  };

  it('have a default each, and take what is given', () => {
    expect(parsed({})).toEqual({ connectionsPerProcess: 20_000, connectionsPerAddress: 4_000 });
    expect(parsed({ CONNECTIONS_PER_PROCESS: '0', CONNECTIONS_PER_ADDRESS: '10' })).toEqual({ connectionsPerProcess: 0, connectionsPerAddress: 10 });
    expect(parsed({ CONNECTIONS_PER_PROCESS: '-1', CONNECTIONS_PER_ADDRESS: 'few' })).toEqual([
      'CONNECTIONS_PER_PROCESS must be a whole number from 0 to 1000000, and is "-1".',
      'CONNECTIONS_PER_ADDRESS must be a whole number from 0 to 1000000, and is "few".',
    ]);
  });
});
