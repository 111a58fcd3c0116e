import type { AppFieldsFragment, UserFieldsFragment } from '@partner-access/client';
import { Alert } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { nameOf } from '../../parts/names';
import { Page } from '../../parts/Page';
import { Problem } from '../../parts/Problem';
import { useLanguage } from '../../texts/language';
import type { Asking } from '../users/UserTable';
import { RemoveDialog } from '../users/RemoveDialog';
import { RevokeDialog } from '../users/RevokeDialog';
import { RoleDialog } from '../users/RoleDialog';
import { UserActions } from '../users/UserActions';
import { Access } from './Access';
import { Contacts } from './Contacts';
import { Facts } from './Facts';
import { History } from './History';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  /** Grows with each change of the person, after which their history is longer. */
  readonly version: number;
  readonly back: ReactNode;
  /** Is called after the viewer changed something. */
  readonly onChanged: () => void;
}

/** What is known about a person, and what the viewer may do about them. */
export function PersonView({ app, user, version, back, onChanged }: Props): ReactNode {
  const { texts } = useLanguage();
  const announce = useAnnounce();
  const [done, setDone] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState<Asking['what'] | null>(null);
  const close = (): void => setAsking(null);
  const tell = (what: string): void => {
    close();
    setDone(what);
    announce(what);
    onChanged();
  };
  return (
    <Page title={nameOf(user)} actions={back}>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      <Problem>{problem}</Problem>
      <Facts user={user}>
        <UserActions app={app} user={user} label={texts.personPage.actions} onAsk={({ what }) => setAsking(what)} onDone={tell} onProblem={setProblem} />
      </Facts>
      {app.viewer.may.includes('READ_HISTORY')
        ? (
          <>
            <Access appId={app.appId} user={user} version={version} />
            <Contacts app={app} user={user} onDone={tell} />
            <History appId={app.appId} user={user} version={version} />
          </>
        )
        : (
          <>
            <Contacts app={app} user={user} onDone={tell} />
            <Block title={texts.personPage.history}><p>{texts.personPage.historyForAdmins}</p></Block>
          </>
        )}
      {asking === 'remove' && <RemoveDialog app={app} user={user} onClose={close} onDone={tell} />}
      {asking === 'revoke' && <RevokeDialog app={app} user={user} onClose={close} onDone={tell} />}
      {asking === 'role' && <RoleDialog app={app} user={user} onClose={close} onDone={tell} />}
    </Page>
  );
}
