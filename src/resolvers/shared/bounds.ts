import { badUserInput } from './errors';

/** Most characters of a text in a filter, since no id, Keap ID or event type is longer. A longer text is refused with `BAD_USER_INPUT`. */
const MAX_TEXT = 254;

/** Most apps in a filter. A longer list is refused with `BAD_USER_INPUT`. */
export const MAX_APPS = 100;

/** Requires that a text of a filter is not too long. @throws GraphQLError `BAD_USER_INPUT` */
export function requireShort(name: string, value: string | null | undefined): void {
  if ((value?.length ?? 0) > MAX_TEXT) throw badUserInput(`"${name}" is too long: at most ${MAX_TEXT} characters are allowed.`);
}

/** Requires that a filter names few apps, by short ids. @throws GraphQLError `BAD_USER_INPUT` */
export function requireFewApps(appIds: readonly string[] | null | undefined): void {
  if ((appIds?.length ?? 0) > MAX_APPS) throw badUserInput(`"appIds" is too long: at most ${MAX_APPS} ids are allowed.`);
  for (const id of appIds ?? []) requireShort('appIds', id);
}
