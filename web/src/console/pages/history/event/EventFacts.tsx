import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { usePerson } from '../../../app/person';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import classes from './event.module.css';
import type { StoredEvent } from './evidence';

const hasLabel = (types: object, type: string): type is keyof typeof types => Object.hasOwn(types, type);

/** When, where in the log, and by what request an event was written, with the ways to others like it. */
export function EventFacts({ event }: { readonly event: StoredEvent }): ReactNode {
  const { format } = useLanguage();
  const { event: texts, types, administration } = useHistoryTexts();
  const { hrefOf, isAdministration } = useHistoryAddress();
  const { isAuditor } = usePerson();
  const { appId, type, occurredAt, eventId, stream, revision, position, actorId, userId, correlationId, causationId, reason } = event;
  const kind = hasLabel(types, type) ? types[type] : null;
  const facts: readonly (readonly [string, ReactNode])[] = [
    [texts.time, <span key="time"><time dateTime={occurredAt}>{format.time(occurredAt)}<small>{occurredAt}</small></time> {!isAdministration && <Anchor underline="always" component={Link} href={hrefOf({ event: null, view: 'users', at: occurredAt })}>{texts.moment}</Anchor>}</span>],
    [texts.type, <span key="type">{kind}<small>{type}</small></span>],
    ...(isAdministration && appId !== NO_APP ? [[administration.app, <span key="app">{appId} {isAuditor && <Anchor underline="always" component={Link} href={`/history?${new URLSearchParams({ app: appId }).toString()}`}>{fill(administration.inApp, { app: appId })}</Anchor>}</span>] as const] : []),
    ...(reason === null ? [] : [[texts.reason, reason] as const]),
    [texts.place, <span key="place">{stream}, {revision}<small>{texts.position} {position}</small></span>],
    [texts.eventId, <code key="eventId">{eventId}</code>],
    [texts.actorId, <span key="actorId"><code>{actorId}</code> <Anchor underline="always" component={Link} href={hrefOf({ ...NO_FILTERS, ...(isAdministration ? { app: null } : {}), actor: actorId })}>{texts.byActor}</Anchor></span>],
    ...(userId === null ? [] : [[texts.userId, (
      <span key="userId"><code>{userId}</code> {!isAdministration && <Anchor underline="always" component={Link} href={hrefOf({ ...NO_FILTERS, person: userId })}>{texts.aboutUser}</Anchor>}{' '}
        {(!isAdministration || isAuditor) && <Anchor underline="always" component={Link} href={`/users/${userId}?app=${encodeURIComponent(appId)}`}>{texts.toUser}</Anchor>}
      </span>
    )] as const]),
    [texts.correlationId, <code key="correlationId">{correlationId}</code>],
    [texts.causationId, <code key="causationId">{causationId}</code>],
  ];
  return <dl className={classes['facts']}>{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

const NO_FILTERS = { event: null, view: null, person: null, kind: null, from: null, to: null, actor: null, by: null } as const;

/** Takes the place of the app where an event belongs to none. */
const NO_APP = '-';
