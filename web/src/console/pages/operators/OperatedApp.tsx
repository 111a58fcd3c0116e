import { type AppFieldsFragment, isRefusal, RenameAppDocument, SetLicencesDocument } from '@partner-access/client';
import { Alert, Anchor, Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/useChange';
import { useAnnounce } from '../../parts/Announcer';
import { Block } from '../../parts/Block';
import { LicenceMeter } from '../users/LicenceMeter';
import { fill, useLanguage } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import { AppointDialog } from './AppointDialog';
import { FieldsForm } from './FieldsForm';
import classes from './operators.module.css';
import { RebindDialog } from './RebindDialog';

/** The forms for one app: its name, its licences, and the ways back into it. */
export function OperatedApp({ app: { appId, name, url, licences } }: { readonly app: AppFieldsFragment }): ReactNode {
  const { texts, format } = useLanguage();
  const { operators: words } = useOperatingTexts();
  const announce = useAnnounce();
  const renaming = useChange(RenameAppDocument);
  const licensing = useChange(SetLicencesDocument);
  const [done, setDone] = useState<string | null>(null);
  const [asking, setAsking] = useState<'appoint' | 'rebind' | null>(null);
  const close = (): void => setAsking(null);
  const tell = (what: string): void => {
    close();
    setDone(what);
    announce(what);
  };
  return (
    <>
      {done !== null && <Alert role="status" mb="md" withCloseButton closeButtonLabel={texts.close} onClose={() => setDone(null)}>{done}</Alert>}
      <p><Anchor underline="always" href={url} target="_blank" rel="noreferrer">{url}</Anchor></p>
      <LicenceMeter licences={licences} />
      <div className={classes['forms']}>
        <Block title={words.setLicences}>
          <FieldsForm
            fields={[{ name: 'licences', label: words.licenceCount, hint: words.licenceCountHint, type: 'number', value: String(licences.total) }]}
            submit={texts.save} isUnderWay={licensing.isUnderWay} problem={licensing.problem}
            onSubmit={async (values) => {
              const answer = (await licensing.run({ input: { appId, licences: Number(values.licences) } }))?.setLicences;
              if (answer === undefined) return null;
              if (isRefusal(answer)) return answer;
              tell(format.plural(words.licencesSet, answer.app.licences.total));
              return null;
            }}
          />
        </Block>
        <Block title={words.rename}>
          <FieldsForm
            fields={[{ name: 'name', label: words.name, value: name }, { name: 'url', label: words.url, type: 'url', value: url }]}
            submit={texts.save} isUnderWay={renaming.isUnderWay} problem={renaming.problem}
            onSubmit={async (values) => {
              const answer = (await renaming.run({ input: { appId, ...values } }))?.renameApp;
              if (answer === undefined) return null;
              if (isRefusal(answer)) return answer;
              tell(fill(words.renamed, { app: answer.app.accountName }));
              return null;
            }}
          />
        </Block>
      </div>
      <Block title={words.wayBack}>
        <p>{words.wayBackLead}</p>
        <dl className={classes['ways']}>
          <div><dt>{words.appointWhen}</dt><dd><Button variant="default" onClick={() => setAsking('appoint')}>{words.appoint}</Button></dd></div>
          <div><dt>{words.rebindWhen}</dt><dd><Button variant="default" onClick={() => setAsking('rebind')}>{words.rebind}</Button></dd></div>
        </dl>
      </Block>
      {asking === 'appoint' && <AppointDialog appId={appId} onClose={close} onDone={tell} />}
      {asking === 'rebind' && <RebindDialog appId={appId} onClose={close} onDone={tell} />}
    </>
  );
}
