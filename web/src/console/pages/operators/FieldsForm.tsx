import { Button, Group, TextInput } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';

/** A field of a form. Its name is that of the input of the mutation, by which a refusal names it. */
interface FormField<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly hint?: string;
  readonly type?: 'text' | 'email' | 'url' | 'number';
  readonly isOptional?: boolean;
  readonly value?: string;
}

interface Refused {
  readonly message: string;
  readonly field?: string | null;
}

interface Props<Name extends string> {
  readonly fields: readonly FormField<Name>[];
  readonly submit: string;
  readonly color?: string;
  readonly isUnderWay: boolean;
  /** Why the last attempt failed. */
  readonly problem: string | null;
  /** Sends what was typed, without white space at the ends. Returns the refusal, if there was one. */
  readonly onSubmit: (values: Readonly<Record<Name, string>>) => Promise<Refused | null>;
  readonly onCancel?: () => void;
}

/** A form of single lines. Each mistake stands at its field, also one that the service finds. */
export function FieldsForm<Name extends string>({ fields, submit, color, isUnderWay, problem, onSubmit, onCancel }: Props<Name>): ReactNode {
  const { texts } = useLanguage();
  const { operators: { form: words } } = useOperatingTexts();
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(fields.map(({ name, value = '' }) => [name, value])));
  const [mistakes, setMistakes] = useState<Readonly<Record<string, string>>>({});
  const [refused, setRefused] = useState<string | null>(null);
  const mistakeOf = ({ name, type, isOptional }: FormField<Name>): string | null => {
    const value = typed[name]?.trim() ?? '';
    if (value === '') return isOptional === true ? null : words.missing;
    return type === 'number' && !/^\d{1,9}$/.test(value) ? words.number : null;
  };
  const send = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const found = fields.flatMap((field) => {
      const mistake = mistakeOf(field);
      return mistake === null ? [] : [[field.name, mistake] as const];
    });
    setMistakes(Object.fromEntries(found));
    setRefused(null);
    if (found.length > 0) return;
    const refusal = await onSubmit(Object.fromEntries(fields.map(({ name }) => [name, typed[name]?.trim() ?? ''])) as Record<Name, string>);
    const field = fields.find(({ name }) => name === refusal?.field);
    if (refusal !== null && field !== undefined) setMistakes({ [field.name]: refusal.message });
    else setRefused(refusal?.message ?? null);
  };
  return (
    <form noValidate onSubmit={(event) => void send(event)}>
      {fields.map(({ name, label, hint, type = 'text', isOptional }, index) => (
        <TextInput key={name} mt={index === 0 ? 0 : 'md'} data-autofocus={index === 0 || undefined} type={type === 'number' ? 'text' : type} inputMode={type === 'number' ? 'numeric' : undefined}
          label={isOptional === true ? fill(words.optional, { label }) : label} description={hint} error={mistakes[name]} value={typed[name] ?? ''} autoComplete="off" autoCapitalize="off" spellCheck={false}
          readOnly={isUnderWay} onChange={({ currentTarget: { value } }) => setTyped((before) => ({ ...before, [name]: value }))} />
      ))}
      <div aria-live="polite"><Problem>{refused ?? problem}</Problem></div>
      <Group justify={onCancel ? 'flex-end' : 'flex-start'} mt="lg">
        {onCancel && <Button variant="default" disabled={isUnderWay} onClick={onCancel}>{texts.cancel}</Button>}
        <Button type="submit" {...(color === undefined ? {} : { color })} loading={isUnderWay}>{submit}</Button>
      </Group>
    </form>
  );
}
