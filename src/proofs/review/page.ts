import { printable } from '../../domain/fields';
import type { BundleSource } from '../bundle';
import type { SignedCheckpoint } from '../checkpoints/statement';
import { reviewBundle, type ReviewToExport } from './bundle';
import { PAGE_STYLE } from './pageStyle';
import { type PageLanguage, type PageTexts, pageTextsIn } from './pageTexts';
import type { ReportedPerson, ReviewReport } from './report';

/** The first line of a page. */
export const PAGE_START = '<!doctype html>';
/** The line that says which version of the page it is. Raise it whenever a page of the same review has other bytes. */
export const PAGE_VERSION = '<meta name="generator" content="partner-access review page 1">';
/** The lines around the sealed file in the page. Browsers do not show what is between them. */
export const SEALED_FILE_START = '<template id="sealed-file">';
export const SEALED_FILE_END = '</template>';

/** What a page is made of. */
export interface PageContents {
  readonly report: ReviewReport;
  readonly storeId: string;
  readonly checkpoint: SignedCheckpoint;
  readonly language: PageLanguage;
}

/**
 * Writes a signed-off review as an HTML page to read and print, line by line, with the sealed file in it. It needs nothing else, and has no script. The same
 * review, checkpoint and language give the same bytes, so that `verify` makes the page again from the sealed file and compares it.
 */
export async function* reviewPage(source: BundleSource, review: ReviewToExport, language: PageLanguage): AsyncGenerator<string, void, undefined> {
  const { checkpoint, storeId } = source;
  if (checkpoint === null) throw new Error('The page of a review needs a checkpoint.');
  yield* pageBefore({ report: review.report, storeId, checkpoint, language });
  for await (const line of reviewBundle(source, review)) yield escaped(line);
  yield* PAGE_AFTER;
}

/** The lines of the page before the sealed file. */
export function* pageBefore({ report: { review, people }, storeId, checkpoint: { statement, keyId, signature }, language }: PageContents): Generator<string, void, undefined> {
  const texts = pageTextsIn(language);
  const app = `${review.app} ${review.appName ?? ''}`.trim();
  const { facts, checkpoint } = texts;
  yield* [
    PAGE_START, `<html lang="${language}">`, '<head>', '<meta charset="utf-8">', '<meta name="viewport" content="width=device-width, initial-scale=1">', PAGE_VERSION,
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    `<title>${shown(`${texts.title}: ${app}`)}</title>`, ...`<style>${PAGE_STYLE}</style>`.split('\n'), '</head>', '<body>', '<main>',
    `<h1>${texts.title}: ${shown(app)}</h1>`, `<p class="lead">${filled(texts.lead, { app, time: timeOf(review.startedAt) })}</p>`, '<dl class="facts">',
  ];
  yield* listed([
    ...(review.note === null ? [] : [[facts.note, review.note]]),
    [facts.started, fill(texts.by, { time: timeOf(review.startedAt), who: whoOf(review.startedBy, texts) })],
    ...(review.dueAt === null ? [] : [[facts.due, timeOf(review.dueAt)]]),
    [facts.finished, fill(texts.by, { time: timeOf(review.finishedAt), who: whoOf(review.finishedBy, texts) })],
    [facts.people, String(review.people)], [facts.kept, String(review.kept)], [facts.removed, String(review.removed)], [facts.review, review.reviewId],
  ]);
  const columns = (['number', 'person', 'kind', 'role', 'decision', 'remark', 'decidedBy', 'decidedAt'] as const).map((column) => `<th scope="col">${texts.columns[column]}</th>`);
  yield* ['</dl>', '<table>', `<caption>${texts.people}</caption>`, `<thead><tr>${columns.join('')}</tr></thead>`, '<tbody>'];
  for (const person of people) yield rowOf(person, texts);
  yield* ['</tbody>', '</table>', '<section class="proof">', `<h2>${texts.proof}</h2>`, `<p>${texts.proofLead}</p>`, '<dl>'];
  yield* listed([
    [checkpoint.signOff, review.signOff.eventId], [checkpoint.hash, review.signOff.hash], [checkpoint.log, storeId], [checkpoint.events, String(statement.events)], [checkpoint.position, statement.position],
    [checkpoint.root, statement.root], [checkpoint.time, timeOf(statement.time)], [checkpoint.key, keyId], [checkpoint.signature, signature],
  ]);
  yield* ['</dl>', `<p>${texts.check}</p>`, '<pre>npm run cli -- verify FILE --key ID</pre>', '</section>', '</main>', SEALED_FILE_START];
}

/** The lines of the page after the sealed file. */
export const PAGE_AFTER: readonly string[] = [SEALED_FILE_END, '</body>', '</html>'];

function rowOf({ number, keapId, name, userId, kind, role, decision, remark, decidedBy, decidedAt }: ReportedPerson, texts: PageTexts): string {
  const person = name === null ? shown(keapId ?? userId) : `${shown(name)}<br><span class="quiet">${shown(keapId ?? userId)}</span>`;
  const cells = [
    texts.kinds[kind], texts.roles[role],
    decision === null ? texts.none : `<strong class="${decision === 'REMOVE' ? 'remove' : 'keep'}">${texts.decisions[decision]}</strong>`,
    remark === null ? texts.none : shown(remark), decidedBy === null ? texts.none : shown(whoOf(decidedBy, texts)), decidedAt === null ? texts.none : timeOf(decidedAt),
  ];
  return `<tr><td>${number}</td><th scope="row">${person}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function* listed(pairs: readonly (readonly string[])[]): Generator<string, void, undefined> {
  for (const [term = '', value = ''] of pairs) yield `<div><dt>${term}</dt><dd>${shown(value)}</dd></div>`;
}

type Actor = ReviewReport['review']['startedBy'];

function whoOf({ kind, keapId, name }: Actor, { actors }: PageTexts): string {
  if (keapId === null) return actors[kind];
  return name === null ? keapId : `${name} (${keapId})`;
}

/** A time of the log to the minute, in UTC, in the same form in every language. */
const timeOf = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

const fill = (text: string, values: Readonly<Record<string, string>>): string => text.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
const filled = (text: string, values: Readonly<Record<string, string>>): string => shown(fill(text, values));

/** Escapes a text that others wrote, as one printable line. */
const shown = (text: string): string => escaped(printable(text)).replaceAll('"', '&quot;');

/** Escapes a line for use between tags. */
const escaped = (line: string): string => line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The line that was escaped for use between tags. */
export const unescaped = (line: string): string => line.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
