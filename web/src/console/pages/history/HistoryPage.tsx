import type { ReactNode } from 'react';
import { useChosenApp } from '../../app/chosenApp';
import { WhichApp } from '../../app/WhichApp';
import { useLanguage } from '../../texts/language';
import { HistoryTextsProvider, useHistoryTexts } from '../../texts/history/historyTexts';
import { HistoryOfApp } from './HistoryOfApp';

/** What happened in an app: who had access, when and why, and the proof of it. */
export const HistoryPage = (): ReactNode => <HistoryTextsProvider><HistoryOfChosenApp /></HistoryTextsProvider>;

function HistoryOfChosenApp(): ReactNode {
  const { texts: { history } } = useLanguage();
  const texts = useHistoryTexts();
  const { appId } = useChosenApp();
  return appId === null ? <WhichApp title={history.title} lead={texts.which} show={texts.show} /> : <HistoryOfApp key={appId} appId={appId} />;
}
