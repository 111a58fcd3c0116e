import type { ReactNode } from 'react';
import { useIsAway, useOnReturn } from '../api/connection';
import { useAnnounce } from '../parts/Announcer';
import { Banner } from '../parts/Banner';
import { useLanguage } from '../texts/language';
import classes from './Frame.module.css';
import { Header } from './Header';
import type { ConsolePage } from './pages';

interface Props {
  readonly pages?: readonly ConsolePage[];
  readonly location?: string;
  readonly hrefOf?: (page: ConsolePage) => string;
  readonly hasApi?: boolean;
  /** What stands at the end of the header. */
  readonly menu?: ReactNode;
  readonly children: ReactNode;
}

/** Name, navigation and whether the server is there, around the content. Before it is known who uses the console, there is nothing to lead to. */
export function Shell({ pages = [], location = '', hrefOf, hasApi = false, menu = null, children }: Props): ReactNode {
  return (
    <>
      <ConnectionBanner />
      <Header pages={pages} location={location} {...(hrefOf ? { hrefOf } : {})} api={hasApi ? 'elsewhere' : 'none'}>{menu}</Header>
      <main id="content" tabIndex={-1} className={classes['content']}>{children}</main>
    </>
  );
}

function ConnectionBanner(): ReactNode {
  const { texts } = useLanguage();
  const announce = useAnnounce();
  useOnReturn(() => announce(texts.problems.back));
  return useIsAway() ? <Banner>{texts.problems.away}</Banner> : null;
}
