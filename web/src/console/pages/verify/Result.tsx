import { Alert, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ToldFinding, Verified } from '../../../verifier/protocol';
import { fill, useLanguage } from '../../texts/language';
import { useVerifyTexts } from '../../texts/verify/verifyTexts';
import type { Chosen } from './useVerification';
import classes from './verify.module.css';

interface Props {
  readonly result: Verified;
  readonly chosen: Chosen;
}

/** What was found, what was checked, and what was not. */
export function Result({ result, chosen }: Props): ReactNode {
  const texts = useVerifyTexts();
  const { format } = useLanguage();
  const { findings, findingCount } = result;
  const checked = useChecked(result, chosen);
  const open = useNotChecked(result, chosen);
  return (
    <div data-check={findings.length === 0 ? 'good' : 'found'}>
      {findings.length === 0
        ? <Alert mb="md" icon={<Tick />}><strong>{texts.good}</strong></Alert>
        : <><Alert color="red" mb="md"><strong>{format.plural(texts.found, findingCount)}</strong><br />{result.storeId === '' ? texts.noBundle : texts.foundLead}</Alert><Findings findings={findings} />{findingCount > findings.length && <p>{format.plural(texts.moreFindings, findingCount - findings.length)}</p>}</>}
      {checked.length > 0 && <List name="checked" title={texts.checked} items={checked} />}
      {result.statements.length > 0 && <ul className={classes['facts']} lang="en" data-list="statements">{result.statements.map((statement) => <li key={statement}>{statement}</li>)}</ul>}
      {open.length > 0 && <List name="open" title={texts.notChecked} items={open} />}
    </div>
  );
}

/** A mark that does not depend on the letters of a font. The words beside it say the same. */
const Tick = (): ReactNode => <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden><path d="M3 8.5l3.5 3.5L13 4.5" fill="none" stroke="currentColor" strokeWidth="2.5" /></svg>;

function List({ name, title, items }: { readonly name: string; readonly title: string; readonly items: readonly string[] }): ReactNode {
  return (
    <>
      <Title order={3} size="h4" mt="md" mb="xs">{title}</Title>
      <ul className={classes['facts']} data-list={name}>{items.map((item) => <li key={item}>{item}</li>)}</ul>
    </>
  );
}

function Findings({ findings }: { readonly findings: readonly ToldFinding[] }): ReactNode {
  const texts = useVerifyTexts();
  const { columns } = texts;
  const placeOf = ({ stream, revision, position }: ToldFinding): string => {
    const place = [
      ...(stream === undefined ? [] : [stream]),
      ...(revision === undefined ? [] : [fill(texts.revision, { revision })]),
      ...(position === undefined ? [] : [fill(texts.position, { position })]),
    ];
    return place.length === 0 ? texts.nowhere : place.join(', ');
  };
  return (
    <table className={classes['findings']}>
      <thead><tr><th scope="col">{columns.code}</th><th scope="col">{columns.message}</th><th scope="col">{columns.place}</th></tr></thead>
      <tbody>
        {findings.map((finding, index) => (
          <tr key={index} data-finding={finding.what}>
            <td><code>{finding.what}</code></td>
            <td lang="en">{finding.message}</td>
            <td>{placeOf(finding)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What was checked, whatever was found. */
function useChecked({ storeId, events, provenEvents, checkpoint, keyIds, sealedBy, comparedCheckpoints, review, witnesses, timeStamp }: Verified, { witnessKeyIds }: Chosen): readonly string[] {
  const { facts } = useVerifyTexts();
  const { format } = useLanguage();
  if (storeId === '') return [];
  return [
    fill(facts.log, { storeId }),
    format.plural(facts.events, events),
    ...(checkpoint === null ? [] : [format.plural(facts.proven, provenEvents, { time: format.time(checkpoint.time) })]),
    ...keyIds.map((key) => fill(facts.signed, { key })),
    ...(sealedBy === null ? [] : [fill(facts.sealed, { key: sealedBy })]),
    ...(comparedCheckpoints === 0 ? [] : [format.plural(facts.compared, comparedCheckpoints)]),
    ...(review === null ? [] : [fill(facts.review, { app: review.app, people: format.number(review.people), kept: format.number(review.kept), removed: format.number(review.removed), time: format.time(review.finishedAt) })]),
    ...witnesses.map(({ keyId, events: seen, time }) => fill(witnessKeyIds.length > 0 && !witnessKeyIds.includes(keyId) ? facts.otherWitness : facts.witness, { key: keyId, events: format.number(seen), time: format.time(time) })),
    ...(timeStamp === null ? [] : [fill(facts.timeStamp, { events: format.number(timeStamp.events), time: format.time(timeStamp.time) })]),
  ];
}

/** What nothing was said about. */
function useNotChecked({ storeId, events, provenEvents, checkpoint, sealedBy, otherCheckpoints, witnesses, timeStamp }: Verified, { keyIds, checkpoints, previous, witnessKeyIds }: Chosen): readonly string[] {
  const { open } = useVerifyTexts();
  const { format } = useLanguage();
  if (storeId === '') return [];
  return [
    ...(keyIds.length === 0 ? [open.noKey] : []),
    ...(checkpoints.length + previous.length === 0 ? [open.nothingKept] : []),
    ...(otherCheckpoints === 0 ? [] : [format.plural(open.others, otherCheckpoints)]),
    ...(sealedBy === null ? [open.noSeal] : []),
    ...(checkpoint === null ? [open.noCheckpoint] : []),
    ...(checkpoint !== null && provenEvents < events ? [format.plural(open.later, events - provenEvents)] : []),
    ...(witnesses.length === 0 || witnessKeyIds.length > 0 ? [] : [open.witness]),
    ...(timeStamp === null ? [] : [open.timeStamp]),
  ];
}
