import type { AccountCentralQuery } from '@partner-access/client';
import { useEffect, useRef } from 'react';
import { useAnnounce } from '../../parts/Announcer';
import { fill, useLanguage } from '../../texts/language';

type Central = AccountCentralQuery['accountCentral'];

/** Tells people who use a screen reader what others change while they look at their apps: an invitation that arrives, an app that is gone. */
export function useArrivals(central: Central | undefined): void {
  const { texts: { accountCentral: texts } } = useLanguage();
  const announce = useAnnounce();
  const before = useRef(central);
  useEffect(() => {
    const last = before.current;
    before.current = central;
    if (last === undefined || central === undefined) return;
    const arrived = central.invitations.filter(({ id }) => last.invitations.every((known) => known.id !== id));
    const gone = last.accounts.nodes.filter(({ id }) => central.accounts.nodes.every((account) => account.id !== id));
    const said = [...arrived.map(({ accountName }) => fill(texts.arrived, { app: accountName })), ...gone.map(({ accountName }) => fill(texts.gone, { app: accountName }))];
    if (said.length > 0) announce(said.join(' '));
  }, [central]);
}
