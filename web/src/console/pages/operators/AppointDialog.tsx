import { AppointAdminDocument, isRefusal } from '@partner-access/client';
import type { ReactNode } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { nameOf } from '../../parts/names';
import { fill } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { FieldsForm } from './FieldsForm';

interface Props {
  readonly appId: string;
  readonly onClose: () => void;
  readonly onDone: (done: string) => void;
}

/** Appoints an admin of an app that nobody can administer any more. */
export function AppointDialog({ appId, onClose, onDone }: Props): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { run, isUnderWay, problem } = useChange(AppointAdminDocument);
  return (
    <Dialog title={words.appoint} isUnderWay={isUnderWay} onClose={onClose}>
      <p>{words.appointLead}</p>
      <FieldsForm
        fields={[
          { name: 'keapId', label: words.appointKeapId, type: 'email' },
          { name: 'name', label: words.appointName, isOptional: true },
          { name: 'reason', label: words.reason, hint: words.reasonHint },
        ]}
        submit={words.appoint} isUnderWay={isUnderWay} problem={problem} onCancel={onClose}
        onSubmit={async ({ name, ...needed }) => {
          const answer = (await run({ input: { appId, ...needed, ...(name === '' ? {} : { name }) } }))?.appointAdmin;
          if (answer === undefined) return null;
          if (isRefusal(answer)) return answer;
          onDone(fill(words.appointed, { name: nameOf(answer.user) }));
          return null;
        }}
      />
    </Dialog>
  );
}
