import type { ReactNode } from 'react';
import { HistoryTextsProvider } from '../../texts/history/historyTexts';
import { Acts } from './Acts';

/** What operators and auditors did, for both of them. */
export const AdministrationPage = (): ReactNode => <HistoryTextsProvider><Acts /></HistoryTextsProvider>;
