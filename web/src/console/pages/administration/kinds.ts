import type { HistoryTexts } from '../../texts/history/historyTexts';

type Group = keyof HistoryTexts['administration']['groups'];
type EventType = keyof HistoryTexts['types'];

/** The kinds of administrative events, in groups that a person asks for as one. */
export const GROUPS: Readonly<Record<Group, readonly EventType[]>> = {
  apps: ['AppRegistered', 'OwnerAdded', 'LicencesSet', 'AppRenamed'],
  people: ['AdminAppointed', 'UserRebound', 'KeapIdReleased', 'PersonErased'],
  imports: ['ImportStarted', 'ImportFinished'],
  webhooks: ['WebhookRegistered', 'WebhookReplayRequested', 'WebhookRemoved'],
  auditors: ['AuditorRead', 'AccessReviewStarted'],
};

/** Kinds that only auditors see. */
export const FOR_AUDITORS: readonly EventType[] = ['AuditorRead'];

const isGroup = (kind: string): kind is Group => Object.hasOwn(GROUPS, kind);

/** The types of events that a kind in the address stands for: those of a group, or the one that it names. */
export const typesOf = (kind: string): string[] => (isGroup(kind) ? [...GROUPS[kind]] : [kind]);
