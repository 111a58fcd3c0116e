import { problemsOf } from './problemsOf';

describe('settings of webhooks', () => {
  it.each(['10.0.0.0/33', '10.0.0.0', 'example.com/8', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/', '::/x'])('allow no network %s', (network) => {
    expect(problemsOf({ WEBHOOK_ALLOWED_NETWORKS: `127.0.0.0/8,${network}` })).toEqual([`WEBHOOK_ALLOWED_NETWORKS must be networks such as 10.1.0.0/16,fd00::/8; ${JSON.stringify(network)} is not a network.`]);
  });

  it.each([['WEBHOOK_TRIES', '0'], ['WEBHOOK_TRIES', '21'], ['WEBHOOK_RETRY_SECONDS', '0'], ['WEBHOOK_RETRY_SECONDS', '3601'], ['WEBHOOK_TIMEOUT_SECONDS', '0'], ['WEBHOOK_TIMEOUT_SECONDS', '61']])('%s cannot be %s', (name, value) => {
    expect(problemsOf({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must be a whole number`))]);
  });
});
