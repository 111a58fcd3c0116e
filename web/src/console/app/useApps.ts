import { AppsDocument, type AppsQuery } from '@partner-access/client';
import { useEffect, useRef } from 'react';
import type { CombinedError } from 'urql';
import { usePages } from '../api/usePages';

/** An app in the list of all apps. */
type ListedApp = AppsQuery['apps']['nodes'][number];

interface Apps {
  /** The apps that were found so far, by id. Null until the first answer. */
  readonly apps: readonly ListedApp[] | null;
  /** Whether there are apps that were not looked at. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: CombinedError | null;
  readonly readMore: () => void;
  readonly readAgain: () => void;
}

const SIZE = 200;
/** So many matches are looked for by themselves. */
const ENOUGH = 50;
/** So many pages are read by themselves for one search. */
const MOST_PAGES = 10;

const contains = (app: ListedApp, text: string): boolean => app.accountName.toLowerCase().includes(text);

/**
 * All apps whose account name contains a text, for operators and auditors. The service lists apps without a search, so pages are read until enough
 * apps are found; in a list of thousands the person decides whether to look on.
 */
export function useApps(search: string, isPaused = false): Apps {
  const list = usePages({ document: AppsDocument, variables: {}, size: SIZE, pageOf: ({ apps }) => apps, isPaused });
  const text = search.trim().toLowerCase();
  const apps = list.nodes?.filter((app) => contains(app, text)) ?? null;
  const looked = useRef({ text, pages: 0 });
  if (looked.current.text !== text) looked.current = { text, pages: 0 };
  const wantsMore = text !== '' && apps !== null && apps.length < ENOUGH && list.hasMore && list.error === null && !list.isLoading;
  useEffect(() => {
    if (!wantsMore || looked.current.pages >= MOST_PAGES) return;
    looked.current.pages += 1;
    list.readMore();
  }, [wantsMore, text]);
  return {
    ...list,
    apps,
    readMore: () => {
      looked.current = { text, pages: 0 };
      list.readMore();
    },
  };
}
