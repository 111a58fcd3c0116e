import { type ComponentType, createElement } from 'react';
import { type LoadedLater, loadedLater } from '../parts/loadedLater';
import { Loading } from '../parts/states';
import type { Texts } from '../texts/language';
import type { Person } from './person';

/** A page of the console. */
export interface ConsolePage {
  /** Its address below the server's, as wouter matches it. The server knows its first part too (src/server/pages/console.ts). */
  readonly path: string;
  readonly component: LoadedLater<object>;
  /** Its name in the navigation; left out for a page that is reached from another one. */
  readonly label?: (texts: Texts) => string;
  /** Whether it is about one app, which the frame lets the person choose. */
  readonly ofApp: boolean;
  /** Whether it shows an app to its admins, and to auditors, only. */
  readonly isForAdmins?: true;
  /** Who may see it. It only decides what is offered: the server decides what is answered. */
  readonly mayBeSeenBy: (person: Person) => boolean;
}

/** A page is loaded when it is opened for the first time, or when somebody points at its name in the navigation. */
const page = (read: () => Promise<ComponentType>): LoadedLater<object> => loadedLater(read, createElement(Loading));

const everybody = (): boolean => true;
const isOperator = (person: Person): boolean => person.isOperator;
/** Who reads what admins and auditors of an app do. */
const readsAnApp = ({ accounts, hasMoreAccounts, isAuditor }: Person): boolean => isAuditor || hasMoreAccounts || accounts.some(({ role }) => role === 'ADMIN');

/** Every page, in the order of the navigation. */
export const PAGES: readonly ConsolePage[] = [
  {
    path: '/account-central',
    component: page(async () => (await import('../pages/accountCentral/AccountCentralPage')).AccountCentralPage),
    label: (texts) => texts.accountCentral.title,
    ofApp: false,
    mayBeSeenBy: everybody,
  },
  {
    path: '/account-central/:appId',
    component: page(async () => (await import('../pages/accountCentral/ConfigurePage')).ConfigurePage),
    ofApp: false,
    mayBeSeenBy: everybody,
  },
  {
    path: '/users',
    component: page(async () => (await import('../pages/users/UsersPage')).UsersPage),
    label: (texts) => texts.users.title,
    ofApp: true,
    mayBeSeenBy: ({ accounts, hasMoreAccounts, isAuditor }) => accounts.length > 0 || hasMoreAccounts || isAuditor,
  },
  {
    path: '/users/:userId',
    component: page(async () => (await import('../pages/person/PersonPage')).PersonPage),
    ofApp: false,
    mayBeSeenBy: everybody,
  },
  {
    path: '/history',
    component: page(async () => (await import('../pages/history/HistoryPage')).HistoryPage),
    label: (texts) => texts.history.title,
    ofApp: true,
    isForAdmins: true,
    mayBeSeenBy: readsAnApp,
  },
  {
    path: '/access',
    component: page(async () => (await import('../pages/access/AccessPage')).AccessPage),
    label: (texts) => texts.access.title,
    ofApp: false,
    mayBeSeenBy: readsAnApp,
  },
  {
    path: '/reviews',
    component: page(async () => (await import('../pages/reviews/ReviewsPage')).ReviewsPage),
    label: (texts) => texts.reviews.title,
    ofApp: true,
    isForAdmins: true,
    mayBeSeenBy: (person) => person.isOperator || readsAnApp(person),
  },
  {
    path: '/reviews/:reviewId',
    component: page(async () => (await import('../pages/reviews/ReviewPage')).ReviewPage),
    ofApp: false,
    mayBeSeenBy: everybody,
  },
  {
    path: '/verify',
    component: page(async () => (await import('../pages/verify/VerifyPage')).VerifyPage),
    label: (texts) => texts.verify.title,
    ofApp: false,
    mayBeSeenBy: everybody,
  },
  {
    path: '/operators',
    component: page(async () => (await import('../pages/operators/OperatorsPage')).OperatorsPage),
    label: (texts) => texts.operators.title,
    ofApp: false,
    mayBeSeenBy: isOperator,
  },
  {
    path: '/operators/apps/:appId',
    component: page(async () => (await import('../pages/operators/OperatedAppPage')).OperatedAppPage),
    ofApp: false,
    mayBeSeenBy: isOperator,
  },
  {
    path: '/operators/health',
    component: page(async () => (await import('../pages/operators/HealthPage')).HealthPage),
    ofApp: false,
    mayBeSeenBy: isOperator,
  },
  {
    path: '/webhooks',
    component: page(async () => (await import('../pages/webhooks/WebhooksPage')).WebhooksPage),
    label: (texts) => texts.webhooks.title,
    ofApp: false,
    mayBeSeenBy: isOperator,
  },
  {
    path: '/administration',
    component: page(async () => (await import('../pages/administration/AdministrationPage')).AdministrationPage),
    label: (texts) => texts.administration.title,
    ofApp: false,
    mayBeSeenBy: ({ isOperator: operates, isAuditor }) => operates || isAuditor,
  },
  {
    path: '/invitation',
    component: page(async () => (await import('../pages/invitation/InvitationPage')).InvitationPage),
    ofApp: false,
    mayBeSeenBy: everybody,
  },
];

/** The page that a person sees first: their apps, where they have any or are invited to one; else what they are here for. */
export function firstPageOf({ accounts, invitations, isAuditor, isOperator }: Person): string {
  if (accounts.length > 0 || invitations.length > 0) return '/account-central';
  return isAuditor ? '/history' : isOperator ? '/operators' : '/account-central';
}

/** Where the navigation leads: to the app that the present page is about, where the person may see it on the other page too. */
export function addressOfPage({ path, ofApp, isForAdmins }: ConsolePage, appId: string | null, { accounts, isAuditor, isOperator }: Person): string {
  const isKept = ofApp && appId !== null && (isAuditor || isOperator || accounts.some((account) => account.appId === appId && (account.role === 'ADMIN' || isForAdmins !== true)));
  return isKept ? `${path}?app=${encodeURIComponent(appId)}` : path;
}
