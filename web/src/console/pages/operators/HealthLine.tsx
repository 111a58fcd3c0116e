import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import classes from './operators.module.css';
import { useHealth } from './useHealth';

/** Whether the service is ready, and the way to more about it. */
export function HealthLine(): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { readiness, isAway } = useHealth(false);
  const said = isAway ? words.unknown : readiness === null ? '' : readiness.ready ? words.ready : words.notReady;
  return (
    <p className={classes['health']} data-ready={readiness?.ready ?? 'unknown'}>
      <span role="status">{said}</span>
      <Anchor underline="always" component={Link} href="/operators/health">{words.health}</Anchor>
    </p>
  );
}
