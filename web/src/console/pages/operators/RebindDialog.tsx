import { isRefusal, RebindUserDocument } from '@partner-access/client';
import type { ReactNode } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { fill } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { FieldsForm } from './FieldsForm';

interface Props {
  readonly appId: string;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Gives the membership of somebody whose sign-in was lost to another sign-in of theirs. */
export function RebindDialog({ appId, onClose, onDone }: Props): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { run, isUnderWay, problem } = useChange(RebindUserDocument);
  return (
    <Dialog title={words.rebind} isUnderWay={isUnderWay} onClose={onClose}>
      <p>{words.rebindLead}</p>
      <FieldsForm
        fields={[
          { name: 'userId', label: words.userId, hint: words.userIdHint },
          { name: 'keapId', label: words.rebindKeapId, type: 'email' },
          { name: 'reason', label: words.reason, hint: words.reasonHint },
        ]}
        submit={words.rebindButton} color="red" isUnderWay={isUnderWay} problem={problem} onCancel={onClose}
        onSubmit={async (values) => {
          const answer = (await run({ input: { appId, ...values } }))?.rebindUser;
          if (answer === undefined) return null;
          if (isRefusal(answer)) return answer;
          onDone(fill(words.rebound, { keapId: answer.user.keapId }));
          return null;
        }}
      />
    </Dialog>
  );
}
