import { Button, CloseButton, FileButton } from '@mantine/core';
import { type DragEvent, type ReactNode, useId, useRef, useState } from 'react';
import { fill, useLanguage } from '../../texts/language';
import { useVerifyTexts } from '../../texts/verify/verifyTexts';
import classes from './verify.module.css';

interface Props {
  readonly name: string;
  readonly label: string;
  readonly hint: string;
  readonly choose: string;
  readonly files: readonly File[];
  /** Whether more than one file can be chosen. */
  readonly takesMore?: boolean;
  readonly onChange: (files: readonly File[]) => void;
}

const MEGABYTE = 1e6;

/** Bytes in megabytes with one digit after the point. */
export const megabytes = (bytes: number): number => Math.ceil((bytes / MEGABYTE) * 10) / 10;

/** A place to drop files, with a button that chooses them. */
export function FileField({ name, label, hint, choose, files, takesMore = false, onChange }: Props): ReactNode {
  const texts = useVerifyTexts();
  const { format } = useLanguage();
  const [isOver, setOver] = useState(false);
  const [headingId, hintId] = [useId(), useId()];
  const reset = useRef<() => void>(null);
  const take = (chosen: readonly File[]): void => {
    // The same file can be chosen again, after it was changed.
    reset.current?.();
    if (chosen.length > 0) onChange(takesMore ? [...files, ...chosen] : chosen.slice(0, 1));
  };
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };
  return (
    <div role="group" aria-labelledby={headingId} className={classes['drop']} data-field={name} data-over={isOver || undefined} onDragEnter={over} onDragOver={over} onDragLeave={() => setOver(false)} onDrop={drop}>
      <strong id={headingId}>{label}</strong>
      <p id={hintId}>{isOver ? texts.drop : hint}</p>
      {files.length > 0 && (
        <ul className={classes['files']}>
          {files.map((file, index) => (
            <li key={`${index} ${file.name}`}>
              <span>{file.name} <small>{fill(texts.size, { size: format.number(megabytes(file.size)) })}</small></span>
              <CloseButton aria-label={fill(texts.remove, { file: file.name })} onClick={() => onChange(files.filter((one) => one !== file))} />
            </li>
          ))}
        </ul>
      )}
      <FileButton resetRef={reset} multiple onChange={take}>
        {(props) => <Button {...props} variant="default" aria-describedby={hintId}>{choose}</Button>}
      </FileButton>
    </div>
  );
}
