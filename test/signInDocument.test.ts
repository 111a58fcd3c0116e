import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../src/config';
import { snippetsOf, TOP } from './support/snippets';

const DOCUMENT = 'docs/sign-in.md';
const text = readFileSync(join(TOP, DOCUMENT), 'utf8');
const settings = [...readFileSync(join(TOP, '.env.example'), 'utf8').matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
/** What looks like a setting: capitals with an underscore. Error codes look alike, and stand in the list below. */
const named = [...new Set([...text.matchAll(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g)].map(([name]) => name))];
const CODES = ['SIGN_IN_UNAVAILABLE'];

describe('docs/sign-in.md', () => {
  it('names settings that exist', () => {
    expect(named.filter((name) => !settings.includes(name) && !CODES.includes(name))).toEqual([]);
  });

  it('names every setting of the sign-in and of its secrets', () => {
    expect(settings.filter((name) => /^AUTH_|^SECRET_KEY|_TOKEN$|_SECRET$/.test(name) && !named.includes(name))).toEqual([]);
  });

  const examples = snippetsOf(DOCUMENT).filter(({ text: lines }) => lines.startsWith('AUTH_ISSUER=')).map(({ text: lines }) => Object.fromEntries(lines.trim().split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2))) as Record<string, string>);

  it('has a row and an example for each provider', () => {
    expect([...text.matchAll(/^\| (Auth0|Keycloak|Entra ID|Okta|Google) \|/gm)].map(([, name]) => name)).toEqual(['Auth0', 'Keycloak', 'Entra ID', 'Okta', 'Google']);
    expect(examples).toHaveLength(5);
  });

  it.each(examples.map((example) => [example['AUTH_ISSUER'], example] as const))('has an example that is accepted in production: %s', (issuer, example) => {
    expect(parseConfig({ NODE_ENV: 'production', ...example })).toMatchObject({ development: false, openId: { issuer } });
  });

  it('says what the log says', () => {
    const source = readFileSync(join(TOP, 'src/eventstore/people/keys.ts'), 'utf8');
    for (const message of ['All keys of people are encrypted under the new SECRET_KEY', 'The previous one opens nothing any more']) {
      expect([text, source].map((where) => where.includes(message))).toEqual([true, true]);
    }
  });
});
