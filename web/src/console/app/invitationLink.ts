import { addressOf, BASE } from '../../server';

/** What a person wants to answer to an invitation. */
export type Answer = 'accept' | 'decline';

interface Link {
  readonly token: string;
  /** The answer that was chosen before the sign-in. */
  readonly answer: Answer | null;
}

const PATH = new URL(addressOf('invitation')).pathname;
/** Where this tab keeps the link while the person is at the OpenID provider. */
const KEY = 'invitation';
const NONE: Link = { token: '', answer: null };

let link = NONE;

/** Whether the address is that of invitations. */
export const isInvitationPage = (): boolean => location.pathname === PATH;

/**
 * Takes the token out of the address, and what was kept when the person went to the provider. Is called before anything else uses the address.
 * @returns whether another document takes the place of this one.
 */
export function takeInvitationLink(): boolean {
  if (leaveLink()) return true;
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept !== null) link = JSON.parse(kept) as Link;
  // The provider leads people who have signed out to the first page.
  if (kept !== null && location.pathname === BASE.pathname) history.replaceState(null, '', PATH);
  addEventListener('pagehide', () => {
    if (link.answer !== null) keep(link);
  });
  addEventListener('hashchange', leaveLink);
  return false;
}

/**
 * Goes from the address of a link to the same one without the token, so that neither the history nor another page sees it. The document goes too: it knows
 * the address by which it was reached for good, and tells it to whatever measures pages.
 */
function leaveLink(): boolean {
  if (!isInvitationPage() || location.hash === '') return false;
  link = { token: location.hash.slice(1), answer: null };
  keep(link);
  location.replace(PATH);
  return true;
}

/** Keeps a link for the next document of this tab. */
function keep(kept: Link): void {
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

/** The token of the link; empty when the page was opened without one. */
export const invitationToken = (): string => link.token;

/** Notes the answer, which is given once the person has signed in. */
export function noteAnswer(answer: Answer): void {
  link = { ...link, answer };
}

/** The answer that was chosen before the sign-in, once. */
export function takeAnswer(): Answer | null {
  const { answer } = link;
  link = { ...link, answer: null };
  return answer;
}
