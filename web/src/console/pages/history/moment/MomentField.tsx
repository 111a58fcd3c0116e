import { TextInput } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react';
import { fromLocal, localOf } from './moment';

interface Props {
  readonly label: string;
  /** A time in UTC; null for now. */
  readonly value: string | null;
  readonly onChange: (time: string | null) => void;
}

/** A moment to the second, in the person's zone. It is taken over when the field is left, or with Enter. */
export function MomentField({ label, value, onChange }: Props): ReactNode {
  const shown = value === null ? '' : localOf(value);
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  const take = (): void => {
    if (typed !== shown) onChange(fromLocal(typed));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    // Browsers open their own choice with it.
    event.preventDefault();
    take();
  };
  return <TextInput type="datetime-local" step={1} label={label} value={typed} onChange={({ currentTarget }) => setTyped(currentTarget.value)} onBlur={take} onKeyDown={onKeyDown} />;
}
