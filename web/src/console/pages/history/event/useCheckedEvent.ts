import { HistoryEventDocument } from '@partner-access/client';
import { useEffect, useState } from 'react';
import { CombinedError, useClient } from 'urql';
import { usePerson } from '../../../app/person';
import { useHistoryAddress } from '../address';
import { type Check, checksOf } from './checks';
import { dataOf, type Evidence, readEvidence, type StoredEvent } from './evidence';

/** An event, and what was checked of it. */
export interface CheckedEvent {
  /** Undefined until it is read; null when there is none, or the person may not see it. */
  readonly event: StoredEvent | null | undefined;
  /** Null until everything was checked. */
  readonly checks: readonly Check[] | null;
  readonly previous: Evidence['previous'];
  /** Why something could not be read. */
  readonly error: CombinedError | null;
  /** Reads and checks everything once more. */
  readonly checkAgain: () => void;
}

type State = Omit<CheckedEvent, 'checkAgain'>;

const NOTHING: State = { event: undefined, checks: null, previous: undefined, error: null };

/** Reads an event and what it is checked against, and checks it in the browser. What is shown is what was checked: later readings by other parts of the page change nothing. */
export function useCheckedEvent(id: string): CheckedEvent {
  const client = useClient();
  const { isAuditor, isOperator } = usePerson();
  const { isAdministration } = useHistoryAddress();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    let isWanted = true;
    const show = (changes: Partial<State>): void => {
      if (isWanted) setState((before) => ({ ...before, ...changes }));
    };
    const run = async (): Promise<void> => {
      const { node } = dataOf(await client.query(HistoryEventDocument, { id }, { requestPolicy: 'network-only' }));
      const event = node !== null && 'hashedText' in node ? node : null;
      show({ event });
      if (event === null) return;
      const evidence = await readEvidence(client, event, { mayProve: isAuditor || isOperator, mayReadHistory: isAuditor || !isAdministration });
      show({ checks: await checksOf(event, evidence), previous: evidence.previous });
    };
    run().catch((error: unknown) => {
      if (!(error instanceof CombinedError)) throw error;
      show({ error });
    });
    return () => {
      isWanted = false;
    };
  }, [client, id, isAuditor, isOperator, isAdministration, turn]);
  const checkAgain = (): void => {
    // What was found before is not shown as if it were found again.
    setState((before) => ({ ...before, checks: null, error: null }));
    setTurn(turn + 1);
  };
  return { ...state, checkAgain };
}
