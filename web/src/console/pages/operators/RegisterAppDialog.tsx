import { isRefusal, RegisterAppDocument } from '@partner-access/client';
import type { ReactNode } from 'react';
import { useChange } from '../../api/useChange';
import { Dialog } from '../../parts/Dialog';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { FieldsForm } from './FieldsForm';

interface Props {
  readonly onClose: () => void;
  readonly onRegistered: (accountName: string) => void;
}

/** Registers an app with its owner. */
export function RegisterAppDialog({ onClose, onRegistered }: Props): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { run, isUnderWay, problem } = useChange(RegisterAppDocument);
  return (
    <Dialog title={words.register} isUnderWay={isUnderWay} onClose={onClose}>
      <p>{words.registerLead}</p>
      <FieldsForm
        fields={[
          { name: 'appId', label: words.appId, hint: words.appIdHint },
          { name: 'name', label: words.name, hint: words.nameHint },
          { name: 'licences', label: words.licenceCount, hint: words.licenceCountHint, type: 'number' },
          { name: 'ownerKeapId', label: words.ownerKeapId, type: 'email' },
          { name: 'ownerName', label: words.ownerName, isOptional: true },
          { name: 'url', label: words.url, hint: words.urlHint, type: 'url', isOptional: true },
        ]}
        submit={words.register} isUnderWay={isUnderWay} problem={problem} onCancel={onClose}
        onSubmit={async ({ licences, ownerName, url, ...needed }) => {
          const answer = (await run({ input: { ...needed, licences: Number(licences), ...(ownerName === '' ? {} : { ownerName }), ...(url === '' ? {} : { url }) } }))?.registerApp;
          if (answer === undefined) return null;
          if (isRefusal(answer)) return answer;
          onRegistered(answer.app.accountName);
          return null;
        }}
      />
    </Dialog>
  );
}
