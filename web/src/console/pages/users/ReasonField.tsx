import { TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../../texts/language';

interface Props {
  readonly value: string;
  readonly onChange: (reason: string) => void;
  /** Who reads it. */
  readonly hint: string;
  readonly isFixed: boolean;
}

const LONGEST = 500;

/** Asks for a reason, which may be left out. */
export function ReasonField({ value, onChange, hint, isFixed }: Props): ReactNode {
  const { texts } = useLanguage();
  return <TextInput mt="md" label={texts.users.reason} description={hint} value={value} maxLength={LONGEST} autoComplete="off" readOnly={isFixed} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
}
