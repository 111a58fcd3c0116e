import type { AccessPeriodsQuery } from '@partner-access/client';
import { Anchor, Badge } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { nameOf } from '../../parts/names';
import { useAccessTexts } from '../../texts/access/accessTexts';
import { fill, useLanguage } from '../../texts/language';
import classes from './access.module.css';

/** A period as the page reads it. */
export type Period = AccessPeriodsQuery['periodsOfAccess']['nodes'][number];

/** The cells of a period. On a phone each cell names its column. */
export const PeriodRow = memo(function PeriodRow({ period }: { readonly period: Period }): ReactNode {
  const { texts: { roles, kinds }, format } = useLanguage();
  const texts = useAccessTexts();
  const { columns } = texts;
  const { name, keapId, kind, role, from, to, user: { userId, app: { appId, accountName } }, reason, invitedBy, ended } = period;
  const end = ended == null ? null : (texts.ends as Readonly<Record<string, string>>)[ended.type] ?? null;
  return (
    <>
      <div role="cell" data-label={columns.person} className={classes['person']}>
        <Anchor component={Link} fw={650} href={`/users/${userId}?app=${encodeURIComponent(appId)}`}>{name ?? keapId}</Anchor>
        {kind === 'PARTNER' && <Badge variant="light" tt="none">{kinds[kind]}</Badge>}
        {name != null && <small>{keapId}</small>}
      </div>
      <div role="cell" data-label={columns.app}>{accountName}</div>
      <div role="cell" data-label={columns.role}>{roles[role]}</div>
      <div role="cell" data-label={columns.from}><time dateTime={from}>{format.time(from)}</time></div>
      <div role="cell" data-label={columns.to}>
        {to == null ? texts.lasts : <time dateTime={to}>{format.time(to)}</time>}
        {end !== null && <small>{end}</small>}
      </div>
      <div role="cell" data-label={columns.invitedBy} data-nothing={invitedBy == null ? true : undefined}>{invitedBy == null ? '–' : nameOf(invitedBy)}</div>
      <div role="cell" data-label={columns.reason} data-nothing={reason == null && ended?.reason == null ? true : undefined}>
        {reason != null && <div>{fill(texts.began, { reason })}</div>}
        {ended?.reason != null && <div>{fill(texts.ended, { reason: ended.reason })}</div>}
      </div>
    </>
  );
});
