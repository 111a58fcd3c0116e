import type { Translation } from '../../console/texts/language';
import type { en } from './en';

/** Texts of the page for front-end teams, in German. */
export const de: Translation<typeof en> = {
  signedInAs: 'Angemeldet als',
  nobody: 'niemand',
  person: '{name} ({part})',
  token: 'Bearer-Token',
  signedIn: 'Angemeldet',
  notSignedIn: 'Nicht angemeldet',
  saved: 'Gespeicherte Operationen',
  choose: 'Operation wählen',
  schema: 'Schema',
  settings: 'Einstellungen',
};
