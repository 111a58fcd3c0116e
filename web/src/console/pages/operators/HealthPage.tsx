import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Block } from '../../parts/Block';
import { Page } from '../../parts/Page';
import { Empty, Loading } from '../../parts/states';
import { OperatingTexts, useOperatingTexts } from '../../texts/operating/operatingTexts';
import { Figures } from './Figures';
import classes from './operators.module.css';
import { Parts } from './Parts';
import { Projections } from './Projections';
import { useHealth } from './useHealth';

/** How the service is: what works, what does not, and its figures. */
export const HealthPage = (): ReactNode => <OperatingTexts><Health /></OperatingTexts>;

function Health(): ReactNode {
  const { operators: words } = useOperatingTexts();
  const { readiness, figures, isAway } = useHealth(true);
  return (
    <Page title={words.health} actions={<Anchor underline="always" component={Link} href="/operators">{words.back}</Anchor>}>
      {isAway && <Empty>{words.unknown}</Empty>}
      {!isAway && readiness === null && <Loading lines={4} />}
      {readiness !== null && (
        <>
          <p role="status" className={classes['health']} data-ready={readiness.ready}>{readiness.ready ? words.ready : words.notReady}</p>
          <Block title={words.parts}><Parts readiness={readiness} /></Block>
          <Block title={words.figures}><Figures figures={figures} /></Block>
          <Block title={words.projections}><Projections projections={readiness.projections ?? []} figures={figures} /></Block>
        </>
      )}
    </Page>
  );
}
