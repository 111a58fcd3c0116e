import { Button, Code, Popover, Stack, Text } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { CombinedError } from 'urql';
import { createPassingClient } from '../../../api/client';
import { save } from '../../../api/download';
import { useAnnounce } from '../../../parts/Announcer';
import { Problem } from '../../../parts/Problem';
import { useSession } from '../../../signIn/session';
import { fill, useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { useHistoryAddress } from '../address';
import { filterOf } from '../timeline/filter';
import { type ExportFormat, fileOf, NDJSON } from './exportEvents';
import { useCsv } from './useCsv';

/** Saves the events that the filters ask for as a file. */
export function ExportButton({ appId }: { readonly appId: string }): ReactNode {
  const { texts: { cancel, problems }, format } = useLanguage();
  const { export: texts } = useHistoryTexts();
  const session = useSession();
  const address = useHistoryAddress();
  const announce = useAnnounce();
  const csv = useCsv();
  const running = useRef<AbortController | null>(null);
  const [count, setCount] = useState<number | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const stop = (): void => {
    running.current?.abort();
    running.current = null;
    setCount(null);
  };
  const start = async (what: ExportFormat, ending: string): Promise<void> => {
    if (running.current !== null) return;
    const run = new AbortController();
    running.current = run;
    setDone(null);
    setProblem(null);
    setCount(0);
    let read = 0;
    try {
      const file = await fileOf(createPassingClient(session), filterOf(appId, address), what, (so) => setCount(read = so), run.signal);
      if (file === null) return;
      save(file, `${appId}-history.${ending}`);
      const text = format.plural(texts.done, read);
      setDone(text);
      announce(text);
    } catch (error) {
      if (run.signal.aborted) return;
      if (!(error instanceof CombinedError)) throw error;
      setProblem(fill(texts.failed, { reason: error.graphQLErrors[0]?.message ?? problems.away }));
    }
    stop();
  };
  return (
    <Popover position="bottom-end" width={280} trapFocus returnFocus>
      <Popover.Target><Button variant="default">{texts.button}</Button></Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text size="sm">{texts.lead}</Text>
          <Format label={texts.csv} hint={texts.csvHint} isDisabled={count !== null} onClick={() => void start(csv, 'csv')} />
          <Format label={texts.ndjson} hint={texts.ndjsonHint} isDisabled={count !== null} onClick={() => void start(NDJSON, 'ndjson')} />
          {count !== null && <Text size="sm" aria-busy>{format.plural(texts.underWay, count)} <Button variant="subtle" size="compact-sm" onClick={stop}>{cancel}</Button></Text>}
          {done !== null && <Text size="sm" fw={600}>{done}</Text>}
          <Problem>{problem}</Problem>
          <Text size="sm">{texts.evidence}</Text>
          <Code>{`npm run cli -- export --app ${appId} --out ${appId}.ndjson`}</Code>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface FormatProps {
  readonly label: string;
  readonly hint: string;
  readonly isDisabled: boolean;
  readonly onClick: () => void;
}

/** It keeps the focus while it is disabled. */
const Format = ({ label, hint, isDisabled, onClick }: FormatProps): ReactNode => (
  <div>
    <Button fullWidth variant="light" {...(isDisabled ? { 'data-disabled': true } : {})} aria-disabled={isDisabled} onClick={onClick}>{label}</Button>
    <Text size="sm" c="dimmed">{hint}</Text>
  </div>
);
