import type { Answer, Told } from '../../../verifier/protocol';

/** Whether the program that checks is there. */
export type Presence = 'loading' | 'ready' | 'broken';

/** One for the document: once it is loaded, the page needs no network. */
const worker = new Worker(new URL('../../../verifier/main.ts', import.meta.url), { type: 'module' });
const listeners = new Set<(answer: Answer) => void>();
const watchers = new Set<() => void>();
let presence: Presence = 'loading';

function become(next: Presence): void {
  presence = next;
  for (const watcher of watchers) watcher();
}

worker.addEventListener('error', () => become('broken'));
worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
  if (data.is === 'ready') become('ready');
  for (const listener of listeners) listener(data);
});

export const tell = (told: Told): void => worker.postMessage(told);
export const presenceNow = (): Presence => presence;

/** Calls back when the presence changes. Returns what ends that. */
export function watchPresence(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** Calls back with every answer. Returns what ends that. */
export function listen(listener: (answer: Answer) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
