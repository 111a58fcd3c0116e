import { type AccessDecision, DecideAccessDocument, isRefusal } from '@partner-access/client';
import { Button, Switch } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useChange } from '../../api/useChange';
import { useAfterInterruption } from '../../api/connection';
import { useAnnounce } from '../../parts/Announcer';
import { nameOf } from '../../parts/names';
import { Problem } from '../../parts/Problem';
import { Empty, Failed, Loading } from '../../parts/states';
import { useLanguage } from '../../texts/language';
import { useReviewTexts } from '../../texts/reviews/reviewTexts';
import { DecisionBar, MOST_DECIDED } from './DecisionBar';
import { PeopleTable } from './PeopleTable';
import classes from './reviews.module.css';
import type { Review } from './ReviewView';
import { useItems } from './useItems';

interface Props {
  readonly review: Review;
  readonly isAdmin: boolean;
  readonly isUndecidedOnly: boolean;
  readonly onUndecidedOnly: (is: boolean) => void;
}

/** The people of a review, and what an admin decides about them. */
export function People({ review: { reviewId, status, decidedCount, totalCount, app }, isAdmin, isUndecidedOnly, onUndecidedOnly }: Props): ReactNode {
  const { format } = useLanguage();
  const words = useReviewTexts();
  const announce = useAnnounce();
  const change = useChange(DecideAccessDocument);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [remark, setRemark] = useState('');
  const [refused, setRefused] = useState<string | null>(null);
  const found = useRef<HTMLParagraphElement>(null);
  const remarkField = useRef<HTMLInputElement>(null);
  const list = useItems(reviewId, isUndecidedOnly);
  const { loaded, isLoading, error } = list;
  const mayDecide = isAdmin && status === 'OPEN';
  const own = app.viewer.user;
  const ownId = own?.userId ?? null;
  useAfterInterruption(list.readAgain);

  // The number of decisions is read again and again; another one than the list shows means that other admins decide as well.
  const isBehind = list.decidedCount !== null && list.decidedCount !== decidedCount && !change.isUnderWay && !isLoading && error === null;
  useEffect(() => {
    if (isBehind) list.readAgain();
  }, [isBehind, decidedCount]);

  /** @returns whether it is recorded. */
  const decide = async (userIds: readonly string[], decision: AccessDecision): Promise<boolean> => {
    setRefused(null);
    if (ownId !== null && userIds.includes(ownId)) {
      announce(words.self);
      return false;
    }
    const said = remark.trim() === '' ? null : remark.trim();
    const answer = (await change.run({ input: { reviewId, userIds: [...userIds], decision, ...(said === null ? {} : { remark: said }) } }))?.decideAccess;
    if (answer === undefined) return false;
    if (isRefusal(answer)) {
      setRefused(answer.message);
      return false;
    }
    const first = loaded?.items.find(({ user }) => user.userId === userIds[0]);
    announce(format.plural(decision === 'KEEP' ? words.kept : words.removed, userIds.length, { name: first ? nameOf(first.user) : '' }));
    list.take(new Set(userIds), { decision, remark: said, decidedBy: own && { __typename: 'Actor', id: own.id, kind: 'MEMBER', name: own.name, keapId: own.keapId }, decidedAt: new Date().toISOString() });
    setRemark('');
    setSelected(new Set());
    // The last one leaves the list, and the focus with them.
    if (isUndecidedOnly && loaded !== null && loaded.totalCount <= userIds.length) found.current?.focus();
    return true;
  };
  const selectShown = (): void => {
    const shown = loaded?.items.filter(({ user, decision }) => decision === null && user.userId !== ownId).slice(0, MOST_DECIDED) ?? [];
    setSelected(new Set(shown.map(({ user }) => user.userId)));
  };
  const toggle = (userId: string): void => setSelected((before) => (before.has(userId) ? new Set([...before].filter((one) => one !== userId)) : new Set([...before, userId])));
  const focusList = (): void => document.querySelector<HTMLElement>('[data-active="true"]')?.focus();
  return (
    <>
      <Switch mb="md" label={words.undecidedOnly} checked={isUndecidedOnly} onChange={({ currentTarget }) => { setSelected(new Set()); onUndecidedOnly(currentTarget.checked); }} />
      {mayDecide && (
        <DecisionBar selected={selected.size} isUnderWay={change.isUnderWay} remark={remark} remarkField={remarkField} onRemark={setRemark} onBackToList={focusList}
          onSelectShown={selectShown} onSelectNone={() => setSelected(new Set())} onDecide={(decision) => void decide([...selected], decision)} />
      )}
      <Problem>{refused ?? change.problem}</Problem>
      {error && <Failed error={error} onRetry={list.readAgain} />}
      {!loaded && !error && <Loading lines={6} height={64} />}
      {loaded && (
        <>
          <p ref={found} tabIndex={-1} className={classes['found']} data-found={loaded.totalCount} aria-busy={isLoading}>{format.plural(words.found, loaded.totalCount)}</p>
          {loaded.totalCount === 0
            ? <Empty action={isUndecidedOnly && <Button variant="light" onClick={() => onUndecidedOnly(false)}>{words.showAll}</Button>}>{totalCount === 0 ? words.nobody : words.allDecided}</Empty>
            : (
              <PeopleTable appId={app.appId} list={list} loaded={loaded} ownId={ownId} isAdmin={isAdmin} mayDecide={mayDecide} isUnderWay={change.isUnderWay} selected={selected} staysInList={!isUndecidedOnly}
                onToggle={toggle} onDecide={async (userId, decision) => decide(selected.size > 0 ? [...selected] : [userId], decision)} onDecideOne={(userId, decision) => void decide([userId], decision)} onRemark={() => remarkField.current?.focus()} />
            )}
        </>
      )}
    </>
  );
}
