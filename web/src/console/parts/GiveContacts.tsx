import { isRefusal, ReassignContactsDocument } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../api/useChange';
import { useLanguage } from '../texts/language';
import type { Plural } from '../texts/en';
import { MemberSelect, type Offered } from './MemberSelect';
import { Problem } from './Problem';

interface Props {
  readonly appId: string;
  /** The person whose contacts are given away. */
  readonly userId: string;
  /** Somebody who is chosen at first. */
  readonly heir?: Offered;
  readonly hint: string;
  /** What is told when it is done. */
  readonly given: Plural;
  /** Is told what was done, in a sentence. */
  readonly onGiven: (done: string) => void;
}

/** Lets an admin give all contacts of a person to an active member, who is found by name or Keap ID. */
export function GiveContacts({ appId, userId, heir, hint, given, onGiven }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const change = useChange(ReassignContactsDocument);
  const [toUserId, setTo] = useState(heir?.userId ?? null);
  const [refused, setRefused] = useState<string | null>(null);
  const give = async (): Promise<void> => {
    if (toUserId === null) return;
    setRefused(null);
    const answer = (await change.run({ input: { appId, fromUserId: userId, toUserId } }))?.reassignContacts;
    if (answer === undefined) return;
    if (isRefusal(answer)) setRefused(answer.message);
    else onGiven(format.plural(given, answer.changed, { name: answer.toUser.name ?? answer.toUser.keapId }));
  };
  return (
    <>
      <MemberSelect appId={appId} exceptUserId={userId} {...(heir ? { offered: heir } : {})} label={texts.configure.giveTo} description={hint} value={toUserId} onChange={setTo} />
      <div aria-live="polite"><Problem>{refused ?? change.problem}</Problem></div>
      <Button variant="outline" mt="sm" disabled={toUserId === null} loading={change.isUnderWay} onClick={() => void give()}>{texts.configure.give}</Button>
    </>
  );
}
