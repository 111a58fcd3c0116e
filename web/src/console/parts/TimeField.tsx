import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react';

interface Props {
  readonly type: 'date' | 'datetime-local';
  readonly label: string;
  /** As the browser writes it; empty for none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** While somebody types, each part makes another valid time. It is taken over when they have rested for so long, leave the field, or press Enter. */
const REST_MS = 700;

/** A field for a day, or for a moment to the second, in the person's zone. */
export function TimeField({ type, label, value, onChange }: Props): ReactNode {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const take = ({ value: text, validity: { badInput } }: HTMLInputElement): void => {
    if (!badInput && text !== value) onChange(text);
  };
  const rest = useDebouncedCallback(take, REST_MS);
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key !== 'Enter') return;
    // Browsers open their own choice with it.
    event.preventDefault();
    take(event.currentTarget);
  };
  return (
    <TextInput type={type} {...(type === 'date' ? {} : { step: 1 })} label={label} value={typed} onBlur={({ currentTarget }) => take(currentTarget)} onKeyDown={onKeyDown}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        rest(currentTarget);
      }} />
  );
}
