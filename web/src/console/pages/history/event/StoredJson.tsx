import { Button, CopyButton, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from './event.module.css';

function readable(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** The stored JSON of an event: set out for reading, or exactly as it was written. */
export function StoredJson({ json }: { readonly json: string }): ReactNode {
  const { texts: { copy: copyText, copied: copiedText } } = useLanguage();
  const { event: texts } = useHistoryTexts();
  const [isExact, setExact] = useState(false);
  return (
    <>
      <pre tabIndex={0} aria-label={texts.json} className={classes['json']} data-json>{isExact ? json : readable(json)}</pre>
      {json.includes('"sealed":') && <p className={classes['note']}>{texts.sealed}</p>}
      <Group gap="xs" mt="xs">
        <Button variant="default" size="compact-sm" aria-pressed={isExact} onClick={() => setExact(!isExact)}>{texts.exact}</Button>
        <CopyButton value={json}>{({ copied, copy }) => <Button variant="default" size="compact-sm" onClick={copy}>{copied ? copiedText : copyText}</Button>}</CopyButton>
      </Group>
    </>
  );
}
