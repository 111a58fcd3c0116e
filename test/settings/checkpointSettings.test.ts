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

describe('settings of the witness', () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

  it('name its address, which may be private, and the secret of the signature', () => {
    expect(parseConfig({ CHECKPOINT_WITNESS_URL: 'http://10.0.0.7:4100/checkpoints', CHECKPOINT_WITNESS_SECRET: secret }).checkpointWitness).toEqual({ url: 'http://10.0.0.7:4100/checkpoints', secret });
    expect(parseConfig({}).checkpointWitness).toBeNull();
  });

  it.each([
    [{ CHECKPOINT_WITNESS_URL: 'http://witness.example.com' }, 'CHECKPOINT_WITNESS_SECRET is required with CHECKPOINT_WITNESS_URL'],
    [{ CHECKPOINT_WITNESS_SECRET: secret }, 'CHECKPOINT_WITNESS_SECRET has no effect without CHECKPOINT_WITNESS_URL'],
    [{ CHECKPOINT_WITNESS_URL: 'ftp://witness.example.com', CHECKPOINT_WITNESS_SECRET: secret }, 'CHECKPOINT_WITNESS_URL must be an http or https address'],
    [{ CHECKPOINT_WITNESS_URL: 'https://me:password@witness.example.com', CHECKPOINT_WITNESS_SECRET: secret }, 'CHECKPOINT_WITNESS_URL must have no user and no password'],
    [{ CHECKPOINT_WITNESS_URL: 'https://witness.example.com', CHECKPOINT_WITNESS_SECRET: 'secret' }, 'CHECKPOINT_WITNESS_SECRET must be whsec_ followed by'],
  ])('are refused when they do not fit: %j', (env, message) => {
    expect(() => parseConfig(env)).toThrow(message);
  });
});
