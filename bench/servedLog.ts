import { setTimeout as pause } from 'node:timers/promises';
import { createDevelopmentTokens, type DevelopmentTokens } from '../src/server/auth/developmentTokens';

/** The secret that tokens are signed with. */
export const JWT_SECRET = 'a secret of the benchmark, known to all of its processes';

/** The log was written without a service, so there is no key of its own. */
const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

/** Issues the tokens that a service with this environment accepts. */
export const tokensOfTheService = (): DevelopmentTokens => createDevelopmentTokens({ jwtSecret: new TextEncoder().encode(JWT_SECRET) });

/** The settings of a service in production mode on the log in a directory. */
export const serviceEnvironment = (directory: string): Readonly<Record<string, string>> => ({
  NODE_ENV: 'production',
  DATA_DIR: directory,
  PORT: '0',
  HOST: '127.0.0.1',
  AUTH_JWT_SECRET: JWT_SECRET,
  SECRET_KEY,
  LOG_LEVEL: 'error',
  // Other work on the machine must not make the server refuse requests.
  OVERLOAD_DELAY_MS: '0',
  // Nor is the one person who sends them all refused for what they cost, or how many they invite.
  WORK_PER_PERSON: '0',
  WORK_PER_ADDRESS: '0',
  WORK_PER_APP: '0',
  INVITATIONS_PER_APP_PER_DAY: '0',
});

/** Waits until the read models are filled. */
export async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/health/ready`)).ok) await pause(50);
}
