import { NativeSelect, PasswordInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Problem } from '../console/parts/Problem';
import { fill } from '../console/texts/language';
import { type DemoPerson, type PageConfig, tokenFor } from '../server';
import { useApiTexts } from './texts/apiTexts';

interface Props {
  readonly config: PageConfig;
  /** Empty while nobody is signed in. */
  readonly token: string;
  readonly onSignedIn: (token: string, person: DemoPerson | null) => void;
}

/** In development mode, a choice among the people of the demonstration; elsewhere, a field for a token of the provider. */
export function SignIn({ config: { development, demoPeople }, token, onSignedIn }: Props): ReactNode {
  const words = useApiTexts();
  const [problem, setProblem] = useState<string | null>(null);
  const signInAs = async (person: DemoPerson | null): Promise<void> => {
    setProblem(null);
    try {
      onSignedIn(person === null ? '' : await tokenFor(person), person);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      {development
        ? (
          <NativeSelect label={words.signedInAs} defaultValue="" onChange={({ currentTarget: { value } }) => void signInAs(demoPeople.find(({ keapId }) => keapId === value) ?? null)}
            data={[{ value: '', label: words.nobody }, ...demoPeople.map(({ keapId, name, part }) => ({ value: keapId, label: fill(words.person, { name, part }) }))]} />
        )
        : <PasswordInput label={words.token} autoComplete="off" value={token} onChange={({ currentTarget: { value } }) => onSignedIn(value.trim(), null)} />}
      <span role="status" data-signed-in={token !== ''}>{token === '' ? words.notSignedIn : words.signedIn}</span>
      <Problem>{problem}</Problem>
    </>
  );
}
