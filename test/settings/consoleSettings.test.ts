import { parseConfig } from '../../src/config';
import { problemsOf } from './problemsOf';

const PROVIDER = { AUTH_ISSUER: 'https://login.example.com', AUTH_AUDIENCE: 'partner-access' };

describe('settings of the console', () => {
  it('leave it off, or name its client at the provider', () => {
    expect(parseConfig(PROVIDER).consoleClient).toBeNull();
    expect(parseConfig({ ...PROVIDER, CONSOLE_CLIENT_ID: 'console' }).consoleClient).toEqual({ clientId: 'console', scope: 'openid profile email offline_access', resource: null });
    expect(parseConfig({ ...PROVIDER, CONSOLE_CLIENT_ID: 'console', CONSOLE_SCOPE: 'openid email', CONSOLE_RESOURCE: 'https://access.example.com/graphql' }).consoleClient)
      .toEqual({ clientId: 'console', scope: 'openid email', resource: 'https://access.example.com/graphql' });
  });

  it('are refused without what they belong to', () => {
    expect(problemsOf({ CONSOLE_CLIENT_ID: 'console' })).toEqual(['CONSOLE_CLIENT_ID needs AUTH_ISSUER, the OpenID provider at which people sign in to the console. Set AUTH_ISSUER, or remove this setting.']);
    expect(problemsOf({ ...PROVIDER, CONSOLE_SCOPE: 'openid', CONSOLE_RESOURCE: 'https://access.example.com' })).toEqual([
      'CONSOLE_SCOPE needs CONSOLE_CLIENT_ID, the console\'s client at the OpenID provider.',
      'CONSOLE_RESOURCE needs CONSOLE_CLIENT_ID, the console\'s client at the OpenID provider.',
    ]);
  });

  it('are refused with values that no provider takes', () => {
    expect(problemsOf({ ...PROVIDER, CONSOLE_CLIENT_ID: 'console', CONSOLE_SCOPE: 'email', CONSOLE_RESOURCE: 'partners' })).toEqual([
      'CONSOLE_SCOPE must contain openid, and is "email".',
      'CONSOLE_RESOURCE must be an absolute address such as https://partners.example.com/graphql, and is "partners".',
    ]);
  });
});
