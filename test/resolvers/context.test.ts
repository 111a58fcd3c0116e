import 'reflect-metadata';
import { ReadSource } from '../../src/resolvers/context';
import { APP, NOW, OTHER_APP, storySoFar } from './story';

describe('the loaders of a read source', () => {
  const { models } = storySoFar().readModels(() => NOW);

  it('read all keys requested at the same time in one query, each key once', async () => {
    const asked = jest.spyOn(models.userList, 'usersByIds');
    const { users } = new ReadSource(models, () => '');
    const key = (userId: string, appId = APP): { appId: string; userId: string } => ({ appId, userId });
    const found = await Promise.all([users.load(key('user-olga')), users.load(key('user-sam')), users.load(key('user-olga')), users.load(key('user-olga', OTHER_APP))]);
    expect(found.map((row) => row?.name)).toEqual(['Olga', 'Sam', 'Olga', undefined]);
    expect(asked.mock.calls).toEqual([[[key('user-olga'), key('user-sam'), key('user-olga', OTHER_APP)]]]);
  });

  it('do not share values with the loaders of another source', async () => {
    const asked = jest.spyOn(models.userList, 'appsByIds');
    for (const source of [new ReadSource(models, () => ''), new ReadSource(models, () => '')]) expect((await source.apps.load(APP))?.name).toBe('Keap Pro Recording');
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('return zero contacts for a user who has none', async () => {
    const { contactCounts } = new ReadSource(models, () => '');
    expect(await Promise.all([contactCounts.load({ appId: APP, userId: 'user-pia' }), contactCounts.load({ appId: APP, userId: 'user-sam' })])).toEqual([2, 0]);
  });
});
