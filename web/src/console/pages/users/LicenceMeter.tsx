import type { LicenceFieldsFragment } from '@partner-access/client';
import { Progress } from '@mantine/core';
import type { ReactNode } from 'react';
import { fill, useLanguage } from '../../texts/language';
import classes from './users.module.css';

/** How many licences are in use, and by what. */
export function LicenceMeter({ licences: { total, used, reserved, available } }: { readonly licences: LicenceFieldsFragment }): ReactNode {
  const { texts, format } = useLanguage();
  const inUse = fill(texts.users.licences, { used: format.number(used + reserved), total: format.number(total) });
  const why = fill(texts.users.why, { users: format.plural(texts.users.whyUsers, used), invitations: format.plural(texts.users.whyInvitations, reserved) });
  return (
    <div className={classes['licences']} data-licences={used + reserved}>
      <p><strong>{inUse}</strong> <span>{why}</span></p>
      <Progress value={total === 0 ? 100 : Math.min(100, ((used + reserved) / total) * 100)} color={available > 0 ? 'brand' : 'red'} aria-label={inUse} />
      {available <= 0 && <p>{texts.users.noLicence}</p>}
    </div>
  );
}
