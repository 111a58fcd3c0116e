import { Button, Text, Textarea, Title } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../../parts/Announcer';
import { Problem } from '../../parts/Problem';
import { fill, useLanguage } from '../../texts/language';
import { useVerifyTexts, type VerifyTexts } from '../../texts/verify/verifyTexts';
import { FileField } from './FileField';
import { Result } from './Result';
import { Running } from './Running';
import { type Check, useVerification } from './useVerification';
import classes from './verify.module.css';

const KEY_ID = /^[0-9a-f]{64}$/i;
const isNoKeyId = (text: string): boolean => !KEY_ID.test(text);
const lowerCase = (texts: readonly string[]): readonly string[] => texts.map((text) => text.toLowerCase());
/** A number of events as LOG_RESTORED tells it. */
const RESTORED = /^[1-9]\d{0,14}$/;
const idsIn = (text: string): readonly string[] => text.split(/[\s,;]+/).filter((id) => id !== '');

/** The files to check, and what was found out about them. */
export function Verification(): ReactNode {
  const texts = useVerifyTexts();
  const { format } = useLanguage();
  const announce = useAnnounce();
  const { presence, check, start, cancel, clear } = useVerification();
  const [bundle, setBundle] = useState<readonly File[]>([]);
  const [checkpoints, setCheckpoints] = useState<readonly File[]>([]);
  const [previous, setPrevious] = useState<readonly File[]>([]);
  const [keys, setKeys] = useState('');
  const [witnessKeys, setWitnessKeys] = useState('');
  const [restored, setRestored] = useState('');
  const result = useRef<HTMLElement>(null);
  useNoLeaving();
  const changing = <T,>(set: (value: T) => void) => (value: T): void => {
    clear();
    set(value);
  };
  const [ids, witnessIds, restores] = [idsIn(keys), idsIn(witnessKeys), idsIn(restored)];
  const [wrong, wrongWitness, wrongRestore] = [ids.find(isNoKeyId), witnessIds.find(isNoKeyId), restores.find((text) => !RESTORED.test(text))];
  const isWrong = wrong !== undefined || wrongWitness !== undefined || wrongRestore !== undefined;
  const [file] = bundle;
  const isRunning = check.is === 'running';
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (file === undefined || isWrong || presence !== 'ready' || isRunning) return;
    start({ bundle: file, checkpoints, previous, keyIds: lowerCase(ids), witnessKeyIds: lowerCase(witnessIds), knownRestores: restores.map(Number) });
  };
  useEffect(() => {
    const said = sentenceOf(check, texts, (count) => format.plural(texts.found, count));
    if (said === null) return;
    announce(said);
    result.current?.focus();
  }, [check.is]);
  return (
    <>
      <p className={classes['lead']}>{texts.lead}</p>
      <form onSubmit={submit} className={classes['form']}>
        <FileField name="bundle" {...texts.bundle} files={bundle} onChange={changing(setBundle)} />
        <ListField label={texts.keys.label} hint={texts.keys.hint} value={keys} error={wrong === undefined ? null : fill(texts.keys.wrong, { id: wrong })} onChange={changing(setKeys)} />
        <ListField label={texts.witnessKeys.label} hint={texts.witnessKeys.hint} value={witnessKeys} error={wrongWitness === undefined ? null : fill(texts.keys.wrong, { id: wrongWitness })} onChange={changing(setWitnessKeys)} />
        <fieldset className={classes['kept']}>
          <legend>{texts.kept}</legend>
          <Text c="dimmed" size="sm">{texts.keptLead}</Text>
          <div className={classes['pair']}>
            <FileField name="checkpoints" {...texts.checkpoints} takesMore files={checkpoints} onChange={changing(setCheckpoints)} />
            <FileField name="previous" {...texts.previous} takesMore files={previous} onChange={changing(setPrevious)} />
          </div>
          <ListField label={texts.restored.label} hint={texts.restored.hint} value={restored} error={wrongRestore === undefined ? null : fill(texts.restored.wrong, { text: wrongRestore })} onChange={changing(setRestored)} />
        </fieldset>
        <div className={classes['start']}>
          <Button type="submit" disabled={file === undefined || isWrong || presence !== 'ready' || isRunning}>{texts.start}</Button>
          <span className={classes['quiet']} data-presence={presence}>{presence === 'broken' ? '' : texts[presence]}</span>
        </div>
      </form>
      <Problem>{presence === 'broken' ? texts.broken : null}</Problem>
      <section aria-label={texts.result} ref={result} tabIndex={-1} className={classes['result']}>
        {check.is !== 'none' && <Title order={2} size="h3" mb="sm">{texts.result}</Title>}
        {check.is === 'none' && file === undefined && <p className={classes['quiet']}>{texts.bundle.empty}</p>}
        {check.is === 'running' && <Running file={file?.name ?? ''} progress={check.progress} onCancel={cancel} />}
        {check.is === 'verified' && <Result result={check.result} chosen={check.chosen} />}
        {check.is === 'stopped' && <p data-check="stopped">{texts.stopped}</p>}
        <Problem>{problemOf(check, texts)}</Problem>
      </section>
    </>
  );
}

interface ListFieldProps {
  readonly label: string;
  readonly hint: string;
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (value: string) => void;
}

/** A field for several ids or numbers. */
const ListField = ({ label, hint, value, error, onChange }: ListFieldProps): ReactNode => (
  <Textarea autosize minRows={1} maxRows={6} spellCheck={false} autoComplete="off" label={label} description={hint} value={value} error={error} onChange={({ currentTarget }) => { onChange(currentTarget.value); }} classNames={{ input: classes['keys'] ?? '' }} />
);

/** What a screen reader says at the end of a check; null while there is nothing to say. */
function sentenceOf(check: Check, texts: VerifyTexts, found: (count: number) => string): string | null {
  if (check.is === 'verified') return check.result.findings.length === 0 ? texts.good : found(check.result.findingCount);
  if (check.is === 'stopped') return texts.stopped;
  return problemOf(check, texts);
}

function problemOf(check: Check, texts: VerifyTexts): string | null {
  switch (check.is) {
    case 'unreadable': return fill(texts.unreadable, { file: check.file });
    case 'noCheckpoints': return texts.noCheckpoints;
    case 'failed': return `${texts.failed} ${check.message}`;
    case 'none': case 'running': case 'verified': case 'stopped': return null;
  }
}

/** A file that is dropped beside the fields would take the place of the page. */
function useNoLeaving(): void {
  useEffect(() => {
    const stay = (event: Event): void => { event.preventDefault(); };
    addEventListener('dragover', stay);
    addEventListener('drop', stay);
    return () => {
      removeEventListener('dragover', stay);
      removeEventListener('drop', stay);
    };
  }, []);
}
