import { ConfigError, parseConfig } from '../../src/config';

describe('settings of checkpoints', () => {
  it('by default keep everything in the data directory', () => {
    expect(parseConfig({ DATA_DIR: '/var/data' })).toMatchObject({
      checkpointDir: '/var/data/checkpoints',
      checkpointKeyFile: '/var/data/checkpoint.key',
      checkpointEveryEvents: 1000,
      checkpointEveryMs: 3_600_000,
    });
  });

  it('may name places outside of it, and how often', () => {
    const config = parseConfig({ CHECKPOINT_DIR: '/mnt/worm', CHECKPOINT_KEY_FILE: '/run/secrets/key', CHECKPOINT_EVERY_EVENTS: '10', CHECKPOINT_EVERY_SECONDS: '60' });
    expect(config).toMatchObject({ checkpointDir: '/mnt/worm', checkpointKeyFile: '/run/secrets/key', checkpointEveryEvents: 10, checkpointEveryMs: 60_000 });
  });

  it.each([['CHECKPOINT_EVERY_EVENTS', '0'], ['CHECKPOINT_EVERY_EVENTS', 'often'], ['CHECKPOINT_EVERY_SECONDS', '0'], ['CHECKPOINT_EVERY_SECONDS', '604801']])('%s=%s is refused', (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => parseConfig({ [name]: value })).toThrow(`${name} must be a whole number from 1 to`);
  });
});
