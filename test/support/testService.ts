import { createHash } from 'node:crypto';
import type { MembershipOptions } from '../../src/composition/membership';
import { listen, type RunningService } from '../../src/composition/service';
import { parseConfig } from '../../src/config';
import type { Scope } from '../../src/domain/events';
import { createLogger } from '../../src/server/logger';
import { Person } from './person';
import { temporaryDirectory } from './temporaryDirectory';

/** Which store keeps the events of a service under test. */
export type TestStore = 'embedded' | 'eventStoreDb';

export const TEST_STORES: readonly TestStore[] = ['embedded', 'eventStoreDb'];

/** Tests do not depend on DNS. */
const noSuchName = (): Promise<never> => Promise.reject(new Error('There is no such name.'));

const TEST_SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

/** What a service needs to be one of several on the events of this server. */
export const sharedStore = ({ url }: { readonly url: string }): Readonly<Record<string, string>> => ({ EVENTSTORE_URL: url, SECRET_KEY: TEST_SECRET_KEY });

export interface TestServiceOptions extends MembershipOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly store?: TestStore;
  /** What the service sends. It sends nothing when absent, so that the log holds only what a test has written. */
  readonly sends?: readonly ('mail' | 'webhooks')[];
}

/** The whole service in this process, over real HTTP and files in a directory of its own. */
export class TestService {
  private constructor(
    private service: RunningService,
    readonly dataDir: string,
    private readonly start: () => Promise<RunningService>,
    private readonly release: () => Promise<void>,
  ) {}

  static async start(options: TestServiceOptions = {}): Promise<TestService> {
    const directory = temporaryDirectory();
    // What it needs takes a third of a second to load.
    const server = options.store === 'eventStoreDb' ? await (await import('./esdb/esdbServer.js')).EsdbServer.start() : null;
    // A test shares the event loop with its service, so the service would take the work of the test for overload, or charge it to a person.
    const env = { PORT: '0', LOG_LEVEL: 'silent', OVERLOAD_DELAY_MS: '0', WORK_PER_PERSON: '10000', WORK_PER_ADDRESS: '10000', WORK_PER_APP: '10000', DATA_DIR: directory.path, ...(server ? sharedStore(server) : {}), ...options.env };
    const start = async (): Promise<RunningService> => {
      const service = await listen(parseConfig(env), createLogger('silent'), { lookUpName: noSuchName, ...options });
      if (options.sends?.includes('mail') === true) service.startMail();
      if (options.sends?.includes('webhooks') === true) service.startWebhooks();
      return service;
    };
    return new TestService(await start(), directory.path, start, async () => {
      await server?.stop();
      directory.remove();
    });
  }

  get running(): RunningService {
    return this.service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.service.port}`;
  }

  /** Somebody signed in with this Keap ID. */
  async as(keapId: string, ...scopes: readonly Scope[]): Promise<Person> {
    const token = await this.service.developmentTokens?.issue({ keapId, scope: scopes.join(' ') });
    return new Person(this.url, keapId, token ?? null);
  }

  /** Somebody who has not signed in. */
  nobody(): Person {
    return new Person(this.url, '', null);
  }

  /** Ends the service and starts it on the same files. Returns when this process has noticed that its connections to the old one are closed. */
  async restart(): Promise<void> {
    await this.service.close();
    this.service = await this.start();
    // On the same port, fetch sends its next request over a connection of the old service, if it has not read its end yet.
    while (!(await fetch(`${this.url}/health/live`).then(async (response) => (await response.text()) !== '', () => false)));
  }

  async close(): Promise<void> {
    await this.service.close();
    await this.release();
  }
}

/** An address that is unique in the test. */
export const addressOf = (...parts: readonly (string | number)[]): string => `p${createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 12)}@partners.example`;
