import type { DomainEvent, RosterEvent } from './events';

/** Events of `administration`: what operators do at the command line, outside of apps. They name nobody. */
export type AdministrationEvent = {
  readonly type: 'PersonErased';
  readonly data: {
    /** The n of "erased person #n", which is shown instead of the person. */
    readonly number: number;
    /** Ids of the destroyed keys, as the sealed envelopes of events name them. */
    readonly keys: readonly string[];
    /** Number of events with something that was encrypted with these keys. */
    readonly events: number;
    /** Number of events with something about the person that none of these keys protects: it stays readable. */
    readonly plainEvents: number;
  };
};

/** Acts of operators and auditors that are recorded outside of an app's streams. */
const ACTS_OUTSIDE = {
  WebhookRegistered: true, WebhookRemoved: true, WebhookReplayRequested: true, KeapIdReleased: true, AuditorRead: true, AccessReviewStarted: true, PersonErased: true,
} as const satisfies { readonly [T in DomainEvent['type']]?: true };

/** Acts of operators, and of the import in their name, in an app's roster. Members never cause these events. */
const ACTS_IN_APPS = {
  AppRegistered: true, OwnerAdded: true, LicencesSet: true, AppRenamed: true, ImportStarted: true, ImportFinished: true, AdminAppointed: true, UserRebound: true,
} as const satisfies { readonly [T in RosterEvent['type']]?: true };

/** An act of an operator or auditor that is recorded outside of an app's streams. */
export type ActOutside = Extract<DomainEvent, { readonly type: keyof typeof ACTS_OUTSIDE }>;

/** The types of administrative events that only auditors read: an operator is not told what is looked into. */
export const AUDITORS_ACTS: readonly string[] = ['AuditorRead'] satisfies DomainEvent['type'][];

/** The types of administrative events. */
export const ADMINISTRATIVE_TYPES: readonly string[] = [...Object.keys(ACTS_IN_APPS), ...Object.keys(ACTS_OUTSIDE)];

/** Whether members never cause events of this type, which is one of an app's roster: operators do, or the import in their name. */
export const isOperatorsAct = (type: string): boolean => Object.hasOwn(ACTS_IN_APPS, type);

/** Whether the event, in any version, is an act of an operator or auditor, of the import, or of a command of the command line. A review that an app's member started is none. */
export const isAdministrative = ({ type, data }: { readonly type: string; readonly data: object }): boolean =>
  isOperatorsAct(type) || (Object.hasOwn(ACTS_OUTSIDE, type) && !(type === 'AccessReviewStarted' && 'startedAs' in data && data.startedAs === 'MEMBER'));

/** Whether the event is an act that is recorded outside of an app's streams. */
export const isActOutside = (event: DomainEvent): event is ActOutside => isAdministrative(event) && !isOperatorsAct(event.type);
