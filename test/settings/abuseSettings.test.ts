import { parseConfig, type Config } from '../../src/config';
import { problemsOf } from './problemsOf';

describe('CORS_ORIGINS', () => {
  it('is a list of origins', () => {
    expect(parseConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).corsOrigins).toEqual(['https://a.example', 'http://localhost:3000']);
  });

  it.each(['*', 'null', 'a.example', 'https://a.example/', 'https://a.example/path', 'https://A.example'])('does not take %s', (origin) => {
    expect(problemsOf({ CORS_ORIGINS: `https://b.example,${origin}` })).toEqual([expect.stringMatching(/^CORS_ORIGINS must be origins/)]);
  });
});

describe('TRUST_PROXY', () => {
  it.each<[string, Config['trustProxy']]>([
    ['off', false],
    ['on', 1],
    ['3', 3],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    ['192.168.1.7', ['192.168.1.7']],
    ['fc00::/7,2001:db8::/32', ['fc00::/7', '2001:db8::/32']],
    ['::ffff:10.0.0.0/104', ['::ffff:10.0.0.0/104']],
  ])('may be %s', (value, trust) => {
    expect(parseConfig({ TRUST_PROXY: value }).trustProxy).toEqual(trust);
  });

  it.each(['true', 'TRUE', 'yes', '*', 'all', 'any', '-1', '1.5', 'loopback', ',', '010.0.0.1', '10.0.0.0/', '0', '17', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', 'proxy.example'])('cannot be %s', (value) => {
    expect(problemsOf({ TRUST_PROXY: value })).toEqual([expect.stringMatching(/^TRUST_PROXY must be off, on/)]);
  });

  it.each(['0.0.0.0/0', '::/0', '10.0.0.1, 0.0.0.0/0', '0.0.0.0/1,128.0.0.0/1', '1.2.3.4/0', '2000::/3', '::ffff:0:0/96', '::ffff:0.0.0.0/97', '64.0.0.0/2'])('cannot be everybody: %s', (value) => {
    expect(problemsOf({ TRUST_PROXY: value })).toEqual([expect.stringMatching(/^TRUST_PROXY must not contain \S+, in which everybody counts as a proxy/)]);
  });
});

describe('other settings against abuse', () => {
  it('name a safelist that can be read', () => {
    expect(parseConfig({ SAFELIST: __filename }).safelist).toBe(__filename);
    expect(problemsOf({ SAFELIST: `${__filename}.missing` })).toEqual([expect.stringMatching(/^SAFELIST must be a readable file/)]);
  });

  it.each(['short', 'a token with spaces in it'])('take no METRICS_TOKEN such as %j, and do not repeat it', (token) => {
    const problems = problemsOf({ METRICS_TOKEN: token });
    expect(problems).toEqual([expect.stringMatching(/^METRICS_TOKEN must have at least 16 characters/)]);
    expect(problems.join()).not.toContain(token);
  });

  it.each(['UNSIGNED_REQUESTS_PER_MINUTE', 'TOKEN_GUESSES_PER_MINUTE'])('count %s from 0 to a million', (name) => {
    expect(problemsOf({ [name]: '-1' })).toEqual([expect.stringMatching(/must be a whole number from 0 to 1000000/)]);
  });
});
