import { Button, CopyButton, Group } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import classes from './event.module.css';
import type { StoredEvent } from './evidence';

function readable(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** What the service shows instead of the Keap ID of somebody who was erased. */
const ERASED = /^erased person #\d+$/;

/** Whether somebody was erased whom an event names, or who caused it. */
function namesErased(event: StoredEvent): boolean {
  const person = 'person' in event ? event.person : null;
  return [event.user?.keapId, person?.keapId, event.actor.keapId].some((keapId) => keapId != null && ERASED.test(keapId));
}

/** The stored JSON of an event: set out for reading, or exactly as it was written. */
export function StoredJson({ event }: { readonly event: StoredEvent }): ReactNode {
  const { texts: { copy: copyText, copied: copiedText } } = useLanguage();
  const { event: texts } = useHistoryTexts();
  const [isExact, setExact] = useState(false);
  const json = event.data;
  return (
    <>
      <pre tabIndex={0} aria-label={texts.json} className={classes['json']} data-json>{isExact ? json : readable(json)}</pre>
      {json.includes('"sealed":') && <p className={classes['note']}>{texts.sealed}</p>}
      {namesErased(event) && <p className={classes['note']}>{texts.erased}</p>}
      <Group gap="xs" mt="xs">
        <Button variant="default" size="compact-sm" aria-pressed={isExact} onClick={() => setExact(!isExact)}>{texts.exact}</Button>
        <CopyButton value={json}>{({ copied, copy }) => <Button variant="default" size="compact-sm" onClick={copy}>{copied ? copiedText : copyText}</Button>}</CopyButton>
      </Group>
    </>
  );
}
