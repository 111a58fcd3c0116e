import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useLanguage } from '../texts/language';

interface Props {
  readonly title: string;
  /** Whether something is under way, until which the dialog stays. */
  readonly isUnderWay: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog that is closed on purpose only: what was typed is not lost by a click beside it. */
export function Dialog({ title, isUnderWay, onClose, children }: Props): ReactNode {
  const { texts } = useLanguage();
  return (
    <Modal opened onClose={() => { if (!isUnderWay) onClose(); }} title={title} centered closeOnClickOutside={false} closeOnEscape={!isUnderWay} withCloseButton={!isUnderWay} closeButtonProps={{ 'aria-label': texts.close }}>
      {children}
    </Modal>
  );
}
