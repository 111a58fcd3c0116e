import type { ReactNode } from 'react';
import { OperatingTexts } from '../../texts/operating/operatingTexts';
import { Apps } from './Apps';

/** Where operators begin: whether the service is well, and every app. */
export const OperatorsPage = (): ReactNode => <OperatingTexts><Apps /></OperatingTexts>;
