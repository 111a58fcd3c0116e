import type { Caller, SignedInPerson } from '../../../src/application/commandTypes';
import { AppUpdates } from '../../../src/application/people/appUpdates';
import type { RosterResult } from '../../../src/application/handling/rosterRound';
import { emptyRoster } from '../../../src/domain/roster/state';

const AT_ONCE = 20;
const NOTHING: RosterResult = { events: [], position: null, state: emptyRoster(), earlier: null };

const signedIn = (personId: string): SignedInPerson => ({ personId, keapId: `${personId}@example.com`, keapIdNormalized: `${personId}@example.com`, name: 'Ann', scopes: [], issuedAt: null });
const callerOf = ({ personId, keapId, name }: SignedInPerson): Caller => ({ actor: { personId, keapId, scopes: [] }, keapId, name, issuedAt: null, request: { correlationId: 'c' } });

describe('the apps of a person who signs in', () => {
  let outdated: Map<string, string[]>;
  let asked: number;
  let waiting: (() => void)[];
  let failsAt: number;
  let updates: AppUpdates;
  beforeEach(() => {
    outdated = new Map();
    asked = 0;
    waiting = [];
    failsAt = Infinity;
    const changed = new Map<string, number>();
    updates = new AppUpdates(
      {
        // Changes beyond those that a request waits for are held, until the test lets them go on.
        async handle(appId, _command, { caller: { actor: { personId } } }) {
          const count = (changed.get(personId) ?? 0) + 1;
          changed.set(personId, count);
          if (count > AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
          if (count === failsAt) throw new Error('The store does not answer.');
          outdated.set(personId, (outdated.get(personId) ?? []).filter((one) => one !== appId));
          return NOTHING;
        },
      },
      {
        unboundUsers: () => [],
        outdatedApps({ personId }) {
          asked += 1;
          return outdated.get(personId) ?? [];
        },
      },
    );
  });

  const inApps = (personId: string, apps: number): SignedInPerson => {
    outdated.set(personId, Array.from({ length: apps }, (_, index) => `app-${index}`));
    return signedIn(personId);
  };
  const follow = (person: SignedInPerson): Promise<void> => updates.follow(person, callerOf(person));
  const left = (personId: string): number => outdated.get(personId)?.length ?? 0;
  /** Lets the changes in the background go on until none is held. */
  const letGoOn = async (): Promise<void> => {
    while (waiting.length > 0) {
      for (const resolve of waiting.splice(0)) resolve();
      await new Promise(setImmediate);
    }
  };

  it('are updated: twenty before the request goes on, the others in the background', async () => {
    await follow(inApps('ann', AT_ONCE + 3));
    expect([left('ann'), waiting.length]).toEqual([3, 1]);
    await letGoOn();
    expect(left('ann')).toBe(0);
  });

  it('are compared with the same sign-in once a minute, and with another one at once', async () => {
    for (let request = 0; request < 3; request += 1) await follow(inApps('ann', 1));
    expect(asked).toBe(1);
    await follow({ ...signedIn('ann'), name: 'Anna' });
    expect(asked).toBe(2);
  });

  it('wait for the next request where four people are followed in the background already', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await follow(inApps(name, AT_ONCE + 1));
    await follow(inApps('ann', AT_ONCE + 2));
    expect([left('ann'), waiting.length]).toEqual([2, 4]);
    await letGoOn();
    expect(left('ann')).toBe(2);
    const next = follow(signedIn('ann'));
    await letGoOn();
    await next;
    expect(left('ann')).toBe(0);
  });

  it('are found again by the next request after an error in the background', async () => {
    failsAt = AT_ONCE + 1;
    await follow(inApps('ann', AT_ONCE + 2));
    await letGoOn();
    expect(left('ann')).toBe(2);
    const next = follow(signedIn('ann'));
    await letGoOn();
    await next;
    expect(left('ann')).toBe(0);
  });

  it('fail the request whose own changes fail, and are found again', async () => {
    failsAt = 2;
    const ann = inApps('ann', 3);
    await expect(follow(ann)).rejects.toThrow('The store does not answer.');
    await follow(ann);
    expect(left('ann')).toBe(0);
  });

  it('are left as they are from the end of the process on, after the change in progress', async () => {
    await follow(inApps('ann', AT_ONCE + 3));
    const stopped = updates.stop();
    await letGoOn();
    await stopped;
    expect(left('ann')).toBe(2);
  });
});
