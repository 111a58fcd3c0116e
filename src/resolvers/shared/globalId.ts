import { POSITION } from '../../application/commandTypes';
import type { AsOf } from '../../projections/past/asOf';

/** The types whose objects have a globally unique id. */
export const GLOBAL_TYPES = ['App', 'User', 'Invitation', 'Account', 'AccountCentral', 'ReceivedInvitation', 'MembershipEvent', 'Viewer', 'AccessReview'] as const;
export type GlobalType = (typeof GLOBAL_TYPES)[number];

/** The parts of a global id. */
export interface GlobalKey {
  readonly type: GlobalType;
  /** The app of the object; `NO_APP` for an object that belongs to a person. */
  readonly appId: string;
  /** The id within the app. For an app, its own id. */
  readonly id: string;
  /** The moment that the object was read as of; null for the present. */
  readonly moment: AsOf | null;
}

/** Takes the place of the app in the ids of a person's own objects. No app has this id. */
export const NO_APP = '-';

const MAX_LENGTH = 200;
const KEY = /^([A-Za-z]+):([a-z0-9-]+):([0-9A-Za-z_-]+)(?:@([tp])([0-9A-Za-z:.-]+))?$/;

const isGlobalType = (text: string | undefined): text is GlobalType => GLOBAL_TYPES.some((type) => type === text);

/** Returns the end of the global ids of objects read as of a moment. */
export const momentSuffix = (moment: AsOf): string => ('time' in moment ? `@t${moment.time}` : `@p${moment.position}`);

/**
 * Returns the global id of an object, which never changes: base64url of `type:appId:id`.
 * @param type the type of the object; `Actor` is a type with an id that `node` does not read.
 * @param moment the result of `momentSuffix` for an object of the past; empty for the present.
 */
export const globalIdOf = (type: GlobalType | 'Actor', appId: string, id: string, moment = ''): string => Buffer.from(`${type}:${appId}:${id}${moment}`).toString('base64url');

/** Parses a global id. Returns undefined for a text that `globalIdOf` never returns. */
export function parseGlobalId(globalId: string): GlobalKey | undefined {
  if (globalId.length > MAX_LENGTH) return undefined;
  const text = Buffer.from(globalId, 'base64url').toString('utf8');
  const [, type, appId, id, kind, at] = KEY.exec(text) ?? [];
  if (!isGlobalType(type) || appId === undefined || id === undefined) return undefined;
  const moment = parseMoment(kind, at);
  if (moment === undefined) return undefined;
  return globalIdOf(type, appId, id, moment ? momentSuffix(moment) : '') === globalId ? { type, appId, id, moment } : undefined;
}

function parseMoment(kind: string | undefined, at: string | undefined): AsOf | null | undefined {
  if (kind === undefined || at === undefined) return null;
  if (kind === 'p') return POSITION.test(at) ? { position: at } : undefined;
  const time = new Date(at);
  return !Number.isNaN(time.getTime()) && time.toISOString() === at ? { time: at } : undefined;
}
