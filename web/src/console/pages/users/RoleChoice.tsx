import type { UserRole } from '@partner-access/client';
import { Radio } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../../texts/language';

interface Props {
  readonly value: UserRole;
  readonly onChange: (role: UserRole) => void;
  readonly mayBeAdmin: boolean;
}

const ROLES: readonly UserRole[] = ['STANDARD', 'ADMIN'];

/** The role that somebody gets. */
export function RoleChoice({ value, onChange, mayBeAdmin }: Props): ReactNode {
  const { texts } = useLanguage();
  return (
    <Radio.Group mt="md" label={texts.users.role} value={value} onChange={onChange}>
      {ROLES.map((role) => <Radio key={role} mt="xs" value={role} label={texts.roles[role]} disabled={role === 'ADMIN' && !mayBeAdmin} />)}
    </Radio.Group>
  );
}
