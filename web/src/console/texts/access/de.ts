import type { AccessTexts } from './accessTexts';

/** Texts of the page of the periods of access, in German. */
export const de: AccessTexts = {
  lead: 'Alle, die Zugang haben oder hatten, mit einer Zeile für jeden Aufenthalt und jede Rolle darin.',
  filters: {
    label: 'Filter',
    app: 'App',
    everyApp: 'Alle Apps',
    appHint: 'App suchen',
    keapId: 'Keap-ID',
    role: 'Rolle',
    anyRole: 'Jede Rolle',
    kind: 'Art',
    anyKind: 'Benutzer und Partner',
    from: 'Hatte Zugang ab (UTC)',
    to: 'Bis zum Ende des (UTC)',
    today: 'Heute',
    clear: 'Filter löschen',
  },
  found: { one: '{count} Zugangszeitraum', other: '{count} Zugangszeiträume' },
  table: 'Zugangszeiträume, früheste zuerst',
  columns: { person: 'Person', app: 'App', role: 'Rolle', from: 'Von', to: 'Bis', invitedBy: 'Eingeladen von', reason: 'Grund' },
  lasts: 'Hat Zugang',
  began: 'Gegeben: {reason}',
  ended: 'Beendet: {reason}',
  ends: { UserRemoved: 'entfernt', PartnerLeftApp: 'ausgetreten', UserRoleChanged: 'Rolle geändert', AdminAppointed: 'zum Admin ernannt' },
  empty: 'Es hatte noch niemand Zugang. Ein Zeitraum beginnt, wenn jemand eine Einladung annimmt.',
  emptyFiltered: 'Niemand, auf den diese Filter passen, hatte Zugang.',
  download: 'CSV herunterladen',
  downloading: 'Die Datei wird erstellt.',
  downloaded: 'Die Datei wurde heruntergeladen.',
  failed: 'Die Datei konnte nicht heruntergeladen werden. {reason}',
};
