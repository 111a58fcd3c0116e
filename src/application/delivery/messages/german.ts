import { sentence } from './message';
import { type Texts, timeIn } from './texts';

const ROLES = { ADMIN: 'Admin', STANDARD: 'Standard' };
const KINDS = { USER: 'Benutzer', PARTNER: 'Partner' };

const NOTICE_CLOSING = [
  sentence`Jeder Admin der App erhält diese Nachricht, und der Verlauf der App zeigt, was geschehen ist.`,
  sentence`Falls Sie das nicht erwartet haben, fragen Sie die Betreiber dieses Dienstes.`,
];

/** The texts in German. */
export const GERMAN: Texts = {
  language: 'de',
  invitation: ({ inviter, accountName, kind, role, reason, expiresAt, link }) => ({
    subject: sentence`${inviter} lädt Sie zu ${accountName} ein`,
    title: sentence`Einladung zu ${accountName}`,
    opening: [
      sentence`${inviter} lädt Sie zu ${accountName} ein, als ${KINDS[kind]} mit der Rolle ${ROLES[role]}.`,
      ...(reason === null ? [] : [sentence`Angegebener Grund: ${reason}`]),
    ],
    link: { url: link, button: 'Einladung ansehen', introduction: 'Sehen Sie sich die Einladung an und nehmen Sie sie an:', instead: 'Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:' },
    closing: [
      sentence`Die Einladung gilt bis ${timeIn('de-DE', expiresAt)}.`,
      sentence`Falls Sie sie nicht erwartet haben, brauchen Sie nichts zu tun: Niemand außer Ihnen erhält durch sie Zugang.`,
    ],
  }),
  notices: {
    AdminAppointed: ({ accountName, name, keapId, reason, at, awaited, isRecipient }) => ({
      subject: sentence`${name} ist jetzt Admin von ${accountName}`,
      title: sentence`Ein neuer Admin von ${accountName}`,
      opening: [
        sentence`Ein Betreiber hat ${name} (${keapId}) am ${timeIn('de-DE', at)} zum Admin von ${accountName} ernannt.`,
        sentence`Angegebener Grund: ${reason}`,
        ...(isRecipient && awaited ? [sentence`Melden Sie sich mit dieser Adresse an, um die App zu öffnen.`] : []),
      ],
      link: null,
      closing: NOTICE_CLOSING,
    }),
    UserRebound: ({ accountName, name, keapId, reason, at, awaited }) => ({
      subject: sentence`Eine andere Anmeldung für ${name} in ${accountName}`,
      title: sentence`Eine andere Anmeldung in ${accountName}`,
      opening: [
        awaited
          ? sentence`Ein Betreiber hat den Zugang von ${name} zu ${accountName} am ${timeIn('de-DE', at)} der nächsten Anmeldung mit der Adresse ${keapId} gegeben.`
          : sentence`Ein Betreiber hat den Zugang von ${name} (${keapId}) zu ${accountName} am ${timeIn('de-DE', at)} einer anderen Anmeldung gegeben.`,
        sentence`Die bisherige Anmeldung hat keinen Zugang mehr.`,
        sentence`Angegebener Grund: ${reason}`,
      ],
      link: null,
      closing: NOTICE_CLOSING,
    }),
  },
  reminder: ({ accountName, reminder, dueAt, people, undecided, link }) => ({
    subject: reminder === 'OVERDUE' ? sentence`Die Zugangsprüfung von ${accountName} ist überfällig` : sentence`Die Zugangsprüfung von ${accountName} ist am ${timeIn('de-DE', dueAt)} fällig`,
    title: sentence`Zugangsprüfung von ${accountName}`,
    opening: [
      reminder === 'OVERDUE'
        ? sentence`Die Zugangsprüfung von ${accountName} war am ${timeIn('de-DE', dueAt)} fällig und ist nicht abgeschlossen.`
        : sentence`Die Zugangsprüfung von ${accountName} ist am ${timeIn('de-DE', dueAt)} fällig.`,
      sentence`Bisher entschieden: ${(people - undecided).toLocaleString('de-DE')} von ${people.toLocaleString('de-DE')}.`,
      undecided === 0 ? sentence`Über alle ist entschieden. Zeichnen Sie die Prüfung ab, um sie abzuschließen.` : sentence`Entscheiden Sie bei allen anderen, ob sie ihren Zugang behalten, und zeichnen Sie die Prüfung dann ab.`,
    ],
    link: link === null ? null : { url: link, button: 'Prüfung öffnen', introduction: 'Öffnen Sie die Prüfung:', instead: 'Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:' },
    closing: [sentence`Jeder Admin der App erhält diese Nachricht. Niemand entscheidet über den eigenen Zugang: Über Ihren entscheidet ein anderer Admin.`],
  }),
  invitationPage: {
    title: 'Einladung',
    titleFor: 'Einladung zu {app}',
    loading: 'Die Einladung wird geladen.',
    needsScript: 'Diese Seite braucht JavaScript, um den Link zu lesen. Sie können sich auch anmelden und finden die Einladung dann in Account Central.',
    invites: '{inviter} lädt Sie zu {app} ein.',
    somebody: 'Jemand',
    labels: { from: 'Von', to: 'Zu', for: 'Für', as: 'Als', until: 'Gültig bis', howToAccept: 'So nehmen Sie an' },
    signIn: 'Melden Sie sich als {keapId} an. In Account Central können Sie die Einladung annehmen oder ablehnen. Das Öffnen dieser Seite ändert nichts.',
    kinds: KINDS,
    roles: ROLES,
    withRole: '{kind} mit der Rolle {role}',
    ended: {
      ACCEPTED: 'Diese Einladung wurde angenommen. Sie finden die App in Account Central.',
      DECLINED: 'Diese Einladung wurde abgelehnt.',
      REVOKED: 'Diese Einladung wurde zurückgezogen.',
      EXPIRED: 'Diese Einladung ist abgelaufen. Bitten Sie um eine neue.',
      OPEN: 'Es wurde eine neuere Nachricht mit einem anderen Link gesendet. Verwenden Sie den Link in dieser Nachricht.',
    },
    incomplete: 'Dieser Link ist unvollständig: Der Teil nach # fehlt.',
    notFound: 'Zu diesem Link gibt es keine Einladung. Prüfen Sie, ob der Link vollständig ist.',
    tooMany: 'Zu viele Versuche. Warten Sie eine Minute und laden Sie die Seite neu.',
    unreachable: 'Der Server ist nicht erreichbar. Laden Sie die Seite gleich noch einmal.',
  },
};
