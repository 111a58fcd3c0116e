import { InvitationPreviewDocument } from '@partner-access/client';
import { type CombinedError, useQuery } from 'urql';
import { invitationToken } from '../../app/invitationLink';
import type { Texts } from '../../texts/language';
import type { Preview } from './InvitationFacts';

/** What the link leads to. */
export interface LookedUp {
  /** Undefined until it is known, null when there is none. */
  readonly invitation: Preview | null | undefined;
  readonly error: CombinedError | undefined;
  readonly read: () => void;
}

/** Looks the invitation of the link up. That changes nothing. */
export function useInvitation(): LookedUp {
  const token = invitationToken();
  const [{ data, error }, read] = useQuery({ query: InvitationPreviewDocument, variables: { token }, pause: token === '', requestPolicy: 'network-only' });
  return { invitation: token === '' ? null : data && (data.invitation ?? null), error, read: () => { read({ requestPolicy: 'network-only' }); } };
}

/** Why an invitation cannot be answered and what to do next; null when it can. */
export function endOf(invitation: Preview | null, { invitation: texts }: Texts): string | null {
  if (invitation === null) return invitationToken() === '' ? texts.incomplete : texts.notFound;
  switch (invitation.status) {
    case 'ACCEPTED': return texts.acceptedBefore;
    case 'DECLINED': return texts.declined;
    case 'REVOKED': return texts.revoked;
    case 'EXPIRED': return texts.expired;
    case 'OPEN': return invitation.superseded ? texts.superseded : null;
  }
}
