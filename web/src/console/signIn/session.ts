import { createContext, useContext } from 'react';

/** A person's sign-in. Its token is in memory only. */
export interface Session {
  /** The token for requests. */
  readonly token: () => string;
  /** Replaces a token that has ended. Rejects when the person has to sign in again, which the pages then say. */
  readonly renew: () => Promise<void>;
  /** Ends the sign-in, here and at the provider. */
  readonly signOut: () => void;
}

export const SessionContext = createContext<Session | null>(null);

/** The sign-in of the person who uses the page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('useSession needs somebody signed in.');
  return session;
}
