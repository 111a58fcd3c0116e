import type { ReactNode } from 'react';
import { TimeField } from '../../../parts/TimeField';
import { fromLocal, localOf } from './moment';

interface Props {
  readonly label: string;
  /** A time in UTC; null for now. */
  readonly value: string | null;
  readonly onChange: (time: string | null) => void;
}

/** A moment to the second, in the person's zone. */
export const MomentField = ({ label, value, onChange }: Props): ReactNode =>
  <TimeField type="datetime-local" label={label} value={value === null ? '' : localOf(value)} onChange={(local) => onChange(fromLocal(local))} />;
