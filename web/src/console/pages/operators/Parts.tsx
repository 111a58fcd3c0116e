import type { ReactNode } from 'react';
import { fill } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';
import classes from './operators.module.css';
import type { Readiness } from './useHealth';

const PARTS = ['store', 'writes', 'checkpoints', 'readModels', 'mail'] as const;

/** Says of each part of the service whether it works, and in the service's words what is wrong with it. */
export function Parts({ readiness }: { readonly readiness: Readiness }): ReactNode {
  const { operators: words } = useOperatingTexts();
  const problemOf = (part: (typeof PARTS)[number]): string | null => {
    if (part === 'store') return readiness.store === 'open' || readiness.store === undefined ? null : readiness.store;
    if (part === 'readModels' && readiness.readModels === undefined) {
      if (readiness.caughtUp === false) return words.behind;
      return readiness.filling === undefined ? null : fill(words.filling, { percent: readiness.filling.percentRead });
    }
    return inWords(readiness[part]);
  };
  return (
    <dl className={classes['facts']}>
      {PARTS.map((part) => {
        const problem = problemOf(part);
        return <div key={part} data-part={part} data-works={problem === null}><dt>{words.part[part]}</dt><dd>{problem ?? (part === 'readModels' ? words.caughtUp : words.works)}</dd></div>;
      })}
    </dl>
  );
}

/** A problem has a name, and most have a sentence. */
function inWords(problem: unknown): string | null {
  if (problem === undefined || problem === null) return null;
  if (typeof problem !== 'object') return JSON.stringify(problem);
  const { what, message } = problem as { readonly what?: unknown; readonly message?: unknown };
  const said = [what, message].filter((one) => typeof one === 'string');
  return said.length > 0 ? said.join(': ') : JSON.stringify(problem);
}
