import { AccessPeriodsDocument, type AccessPeriodsQuery } from '@partner-access/client';
import { Button } from '@mantine/core';
import { type ReactNode, useCallback, useState } from 'react';
import { codeOf } from '../../api/codes';
import { usePages } from '../../api/usePages';
import { usePerson } from '../../app/person';
import { Page } from '../../parts/Page';
import { Problem } from '../../parts/Problem';
import { Empty, Failed, Loading, NoRight } from '../../parts/states';
import { AccessTextsProvider, useAccessTexts } from '../../texts/access/accessTexts';
import { useLanguage } from '../../texts/language';
import classes from './access.module.css';
import { AccessFilters } from './AccessFilters';
import { questionOf, useAccessAddress } from './address';
import { DownloadButton } from './DownloadButton';
import { PeriodTable } from './PeriodTable';

const SIZE = 50;

/** Who had access, from when to when, over all apps that the person may read. */
export const AccessPage = (): ReactNode => <AccessTextsProvider><Periods /></AccessTextsProvider>;

function Periods(): ReactNode {
  const { texts: { access }, format } = useLanguage();
  const texts = useAccessTexts();
  const { keapId } = usePerson();
  const address = useAccessAddress();
  const [total, setTotal] = useState(0);
  const [problem, setProblem] = useState<string | null>(null);
  const pageOf = useCallback(({ periodsOfAccess }: AccessPeriodsQuery) => {
    setTotal(periodsOfAccess.totalCount);
    return periodsOfAccess;
  }, []);
  const list = usePages({ document: AccessPeriodsDocument, variables: questionOf(address), size: SIZE, pageOf });
  const { nodes, error } = list;
  if (codeOf(error?.graphQLErrors) === 'FORBIDDEN') return <NoRight keapId={keapId} />;
  return (
    <Page title={access.title} actions={<DownloadButton onProblem={setProblem} />}>
      <p className={classes['lead']}>{texts.lead}</p>
      <Problem>{problem}</Problem>
      <AccessFilters />
      {error && <Failed error={error} onRetry={list.readAgain} />}
      {nodes === null && !error && <Loading lines={6} height={56} />}
      {nodes !== null && nodes.length > 0 && <p className={classes['found']} role="status" data-found={total}>{format.plural(texts.found, total)}</p>}
      {nodes?.length === 0 && <Empty action={address.isFiltered && <Button variant="light" onClick={address.clear}>{texts.filters.clear}</Button>}>{address.isFiltered ? texts.emptyFiltered : texts.empty}</Empty>}
      {nodes !== null && nodes.length > 0 && <PeriodTable periods={nodes} totalCount={total} list={list} />}
    </Page>
  );
}
