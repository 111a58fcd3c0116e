/** Which kinds of things have an id of their own over all apps. */
export const GLOBAL_TYPES = ['App', 'User', 'Invitation', 'Account'] as const;
export type GlobalType = (typeof GLOBAL_TYPES)[number];

/** What a global id stands for. */
export interface GlobalKey {
  readonly type: GlobalType;
  readonly appId: string;
  /** id within the app; the app's own id for an app. */
  readonly id: string;
}

const MAX_LENGTH = 200;
const KEY = /^([A-Za-z]+):([a-z0-9-]+):([0-9A-Za-z_-]+)$/;

const isGlobalType = (text: string | undefined): text is GlobalType => GLOBAL_TYPES.some((type) => type === text);

/** An opaque id, the same for the same thing for ever: base64url of `type:appId:id`. */
export const globalIdOf = (type: GlobalType, appId: string, id: string): string => Buffer.from(`${type}:${appId}:${id}`).toString('base64url');

/** What the id stands for; undefined for what `globalIdOf` never gave. */
export function parseGlobalId(globalId: string): GlobalKey | undefined {
  if (globalId.length > MAX_LENGTH) return undefined;
  const text = Buffer.from(globalId, 'base64url').toString('utf8');
  const [, type, appId, id] = KEY.exec(text) ?? [];
  if (!isGlobalType(type) || appId === undefined || id === undefined) return undefined;
  return globalIdOf(type, appId, id) === globalId ? { type, appId, id } : undefined;
}
