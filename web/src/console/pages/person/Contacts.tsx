import { type AppFieldsFragment, UserContactsDocument, type UserFieldsFragment } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { usePages } from '../../api/usePages';
import { usePerson } from '../../app/person';
import { Block } from '../../parts/Block';
import { GiveContacts } from '../../parts/GiveContacts';
import { Failed, Loading } from '../../parts/states';
import { nameOf } from '../../parts/names';
import { fill, useLanguage } from '../../texts/language';
import classes from './person.module.css';

interface Props {
  readonly app: AppFieldsFragment;
  readonly user: UserFieldsFragment;
  /** Is told what the viewer did, in a sentence. */
  readonly onDone: (done: string) => void;
}

const SIZE = 50;

/** The contacts that are assigned to a person, which an admin gives to somebody else, at first to themselves. */
export function Contacts({ app: { appId, viewer }, user, onDone }: Props): ReactNode {
  const { texts, format } = useLanguage();
  const viewed = usePerson();
  const { userId, assignedContactCount: count } = user;
  const list = usePages({ document: UserContactsDocument, variables: { appId, userId }, size: SIZE, pageOf: ({ app }) => app?.user?.assignedContacts });
  const shown = useRef(count);
  useEffect(() => {
    if (shown.current !== count) list.readAgain();
    shown.current = count;
  }, [count]);
  return (
    <Block title={texts.personPage.contacts}>
      <p data-contacts={count}>{count === 0 ? fill(texts.personPage.noContacts, { name: nameOf(user) }) : format.plural(texts.users.contacts, count, { name: nameOf(user) })}</p>
      {list.error && <Failed error={list.error} onRetry={list.readAgain} />}
      {list.nodes === null && !list.error && count > 0 && <Loading lines={1} height={48} />}
      {list.nodes !== null && list.nodes.length > 0 && (
        <ul className={classes['contacts']} aria-label={texts.personPage.contacts}>
          {list.nodes.map(({ contactId, assignedAt }) => <li key={contactId}><span>{contactId}</span> <small>{fill(texts.accountCentral.since, { date: format.date(assignedAt) })}</small></li>)}
        </ul>
      )}
      {list.hasMore && <Button variant="light" mt="md" loading={list.isLoading} onClick={list.readMore}>{texts.showMore}</Button>}
      {count > 0 && viewer.may.includes('ASSIGN_CONTACTS') && viewer.user != null && (
        <div className={classes['give']}>
          <GiveContacts appId={appId} userId={userId} {...(viewer.user.userId === userId ? {} : { heir: { ...viewed, userId: viewer.user.userId } })} hint={texts.users.giveToHint} given={texts.personPage.given} onGiven={onDone} />
        </div>
      )}
    </Block>
  );
}
