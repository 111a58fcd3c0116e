import type { ReactNode } from 'react';
import { OperatingTexts } from '../../texts/operating/operatingTexts';
import { Webhooks } from './Webhooks';

/** The systems to which events are sent, for operators. */
export const WebhooksPage = (): ReactNode => <OperatingTexts><Webhooks /></OperatingTexts>;
