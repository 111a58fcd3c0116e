import { AccountDocument, isRefusal, ReassignContactsDocument } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useClient } from 'urql';
import { useChange } from '../../api/useChange';
import { useAnnounce } from '../../parts/Announcer';
import { MemberSelect } from '../../parts/MemberSelect';
import { Problem } from '../../parts/Problem';
import { useLanguage } from '../../texts/language';

interface Props {
  readonly appId: string;
  /** The person who gives their contacts away. */
  readonly userId: string;
  readonly onGiven: (() => void) | undefined;
}

/** Lets an admin give all contacts of theirs to another active member, who is found by name or Keap ID. */
export function GiveContacts({ appId, userId, onGiven }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const announce = useAnnounce();
  const client = useClient();
  const change = useChange(ReassignContactsDocument);
  const [toUserId, setTo] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const give = async (): Promise<void> => {
    if (toUserId === null) return;
    setRefused(null);
    const answer = (await change.run({ input: { appId, fromUserId: userId, toUserId } }))?.reassignContacts;
    if (answer === undefined) return;
    if (isRefusal(answer)) {
      setRefused(answer.message);
      return;
    }
    announce(format.plural(texts.configure.given, answer.changed, { name: answer.toUser.name ?? answer.toUser.keapId }));
    // The account says what keeps the person from leaving.
    await client.query(AccountDocument, { appId }, { requestPolicy: 'network-only' });
    onGiven?.();
  };
  return (
    <>
      <MemberSelect appId={appId} exceptUserId={userId} label={texts.configure.giveTo} description={texts.configure.giveToHint} value={toUserId} onChange={setTo} />
      <Problem>{refused ?? change.problem}</Problem>
      <Button variant="outline" mt="sm" disabled={toUserId === null} loading={change.isUnderWay} onClick={() => void give()}>{texts.configure.give}</Button>
    </>
  );
}
