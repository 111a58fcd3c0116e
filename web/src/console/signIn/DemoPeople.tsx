import { Alert, Anchor, Button, Code, TextInput, Title, UnstyledButton } from '@mantine/core';
import { type SyntheticEvent, type ReactNode, useState } from 'react';
import { addressOf, BASE, type DemoPerson, type PageConfig, tokenFor } from '../../server';
import { useLanguage } from '../texts/language';
import { EntrancePage } from './EntrancePage';
import classes from './signIn.module.css';
import type { Session } from './session';

type Somebody = Pick<DemoPerson, 'keapId' | 'scope'>;

/** A session of development mode, whose token is issued again when the server does not know it any more. */
async function sessionOf(person: Somebody, onSignedOut: () => void): Promise<Session> {
  let token = await tokenFor(person);
  return {
    token: () => token,
    renew: async () => {
      token = await tokenFor(person);
    },
    signOut: onSignedOut,
  };
}

const firstRequest = (keapId: string): string => `TOKEN=$(curl -s ${addressOf('dev/token')} -H 'content-type: application/json' \\
  -d '{"keapId": "${keapId}"}' | cut -d'"' -f4)
curl -s ${addressOf('graphql')} -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" \\
  -d '{"query": "{ viewer { keapId } }"}'`;

interface Props {
  readonly config: PageConfig;
  readonly onSession: (session: Session | null) => void;
}

/** The sign-in of development mode: the people of the demonstration, or anybody else. */
export function DemoPeople({ config: { demoPeople, introspection }, onSession }: Props): ReactNode {
  const { texts } = useLanguage();
  const [keapId, setKeapId] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const signIn = async (person: Somebody): Promise<void> => {
    setProblem(null);
    try {
      onSession(await sessionOf(person, () => { onSession(null); }));
    } catch (error) {
      setProblem(error instanceof TypeError ? texts.problems.away : error instanceof Error ? error.message : String(error));
    }
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void signIn({ keapId, scope: '' });
  };
  return (
    <EntrancePage title={texts.demo.title} lead={texts.demo.lead}>
      {problem !== null && <Alert color="red" role="alert" my="md">{problem}</Alert>}
      <Title order={2} size="h3" mt="lg" mb="sm" id="people">{texts.demo.people}</Title>
      <ul className={classes['people']} aria-labelledby="people">
        {demoPeople.map((person) => (
          <li key={person.keapId}>
            <UnstyledButton className={classes['person'] ?? ''} onClick={() => void signIn(person)}>
              <strong>{person.name}</strong>
              <span>{person.part}</span>
              <small>{person.keapId}</small>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <Title order={2} size="h3" mt="xl" mb="sm">{texts.demo.somebody}</Title>
      <form onSubmit={submit} className={classes['somebody']}>
        <TextInput type="email" required withAsterisk={false} autoComplete="off" label={texts.demo.keapId} description={texts.demo.keapIdHint} value={keapId} onChange={({ currentTarget }) => setKeapId(currentTarget.value)} />
        <Button type="submit" variant="light" mt="sm">{texts.demo.button}</Button>
      </form>
      <Title order={2} size="h3" mt="xl" mb="sm">{texts.demo.forPrograms}</Title>
      <p>{texts.demo.firstRequest}</p>
      <Code block tabIndex={0}>{firstRequest(demoPeople[0]?.keapId ?? 'coach@example.com')}</Code>
      <ul>
        {introspection && <li><Anchor underline="always" href={new URL('api', BASE).href}>{texts.demo.api}</Anchor></li>}
        {introspection && <li><Anchor underline="always" href={new URL('schema.graphql', BASE).href}>{texts.demo.schema}</Anchor></li>}
        <li><Anchor underline="always" href={new URL('dev/outbox', BASE).href}>{texts.demo.outbox}</Anchor></li>
      </ul>
    </EntrancePage>
  );
}
