import { useRef, useState } from 'react';
import { type AnyVariables, type TypedDocumentNode, useMutation } from 'urql';
import { useLanguage } from '../texts/language';
import { noteWrite } from './writes';

interface WithInput extends Record<string, unknown> {
  readonly input: object;
}

/** A mutation as a page uses it. */
export interface Change<Data, Variables> {
  readonly isUnderWay: boolean;
  /** Why the last attempt failed, in a sentence for people; null when it was answered. Refusals are answers. */
  readonly problem: string | null;
  /** Sends the mutation and returns its answer; null when it failed, or while an earlier call is under way. */
  readonly run: (variables: Variables) => Promise<Data | null>;
}

/**
 * A mutation that is never done twice: a second call while one is under way does nothing, and an attempt after a failure has the same idempotency
 * key as long as the input is the same.
 */
export function useChange<Data, Variables extends WithInput & AnyVariables>(document: TypedDocumentNode<Data, Variables>): Change<Data, Variables> {
  const { texts } = useLanguage();
  const [, send] = useMutation(document);
  const [problem, setProblem] = useState<string | null>(null);
  const [isUnderWay, setUnderWay] = useState(false);
  const underWay = useRef(false);
  const attempt = useRef<{ readonly input: string; readonly key: string } | null>(null);

  const run = async (variables: Variables): Promise<Data | null> => {
    if (underWay.current) return null;
    underWay.current = true;
    noteWrite();
    setUnderWay(true);
    setProblem(null);
    const input = JSON.stringify(variables.input);
    if (attempt.current?.input !== input) attempt.current = { input, key: crypto.randomUUID() };
    const { data, error } = await send({ ...variables, input: { ...variables.input, idempotencyKey: attempt.current.key } });
    underWay.current = false;
    setUnderWay(false);
    if (data !== undefined && error === undefined) {
      attempt.current = null;
      return data;
    }
    setProblem(error?.graphQLErrors[0]?.message ?? texts.problems.unreachable);
    return null;
  };
  return { isUnderWay, problem, run };
}
