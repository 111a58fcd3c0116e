import { Button, Progress } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Progress as Read } from '../../../verifier/protocol';
import { fill, useLanguage } from '../../texts/language';
import { useVerifyTexts } from '../../texts/verify/verifyTexts';
import { megabytes } from './FileField';
import classes from './verify.module.css';

interface Props {
  readonly file: string;
  readonly progress: Read | null;
  readonly onCancel: () => void;
}

/** How far the check is, and the way out. */
export function Running({ file, progress, onCancel }: Props): ReactNode {
  const texts = useVerifyTexts();
  const { format } = useLanguage();
  const sentence = (): string => {
    if (progress === null) return texts.begins;
    if (progress.done >= 1) return texts.proving;
    return format.plural(texts.read, progress.lines, { read: format.number(megabytes(progress.bytes)), size: format.number(megabytes(progress.size)) });
  };
  return (
    <div className={classes['running']} data-check="running">
      <p>{fill(texts.running, { file: progress?.file ?? file })}</p>
      <Progress value={100 * (progress?.done ?? 0)} aria-label={texts.bar} transitionDuration={0} />
      <p className={classes['quiet']}>{sentence()}</p>
      <Button variant="default" onClick={onCancel}>{texts.cancel}</Button>
    </div>
  );
}
