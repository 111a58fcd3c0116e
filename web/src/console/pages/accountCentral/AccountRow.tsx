import type { AccountFieldsFragment } from '@partner-access/client';
import { Badge, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { fill, useLanguage } from '../../texts/language';
import classes from './accountCentral.module.css';

/** An app of the person. */
export function AccountRow({ account: { appId, label, accountName, role, kind, url, joinedAt } }: { readonly account: AccountFieldsFragment }): ReactNode {
  const { texts, format } = useLanguage();
  return (
    <li className={classes['row']} data-app={appId}>
      <div className={classes['what']}>
        <h3 className={classes['label']}>{label}</h3>
        {label !== accountName && <p>{accountName}</p>}
        <p className={classes['facts']}>
          <Badge variant="light" tt="none">{texts.roles[role]}</Badge>
          {kind === 'PARTNER' && <Badge variant="light" color="gray" tt="none">{texts.kinds[kind]}</Badge>}
          <span>{fill(texts.accountCentral.since, { date: format.date(joinedAt) })}</span>
        </p>
      </div>
      <div className={classes['acts']}>
        {role === 'ADMIN' && <Button component={Link} href={`/users?app=${encodeURIComponent(appId)}`} variant="default" aria-label={fill(texts.accountCentral.usersOfApp, { app: label })}>{texts.users.title}</Button>}
        <Button component={Link} href={`/account-central/${appId}`} variant="default" aria-label={fill(texts.accountCentral.configureApp, { app: label })}>{texts.accountCentral.configure}</Button>
        <Button component="a" href={url} target="_blank" rel="noreferrer" aria-label={fill(texts.accountCentral.openApp, { app: label })}>{texts.accountCentral.open}</Button>
      </div>
    </li>
  );
}
