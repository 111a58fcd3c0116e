import { addressOf } from '../../server';
import type { Session } from '../signIn/session';

/** A file of the service could not be had. The message is the service's own sentence; null when it could not be reached. */
export class DownloadFailed extends Error {
  override readonly name = 'DownloadFailed';

  constructor(readonly reason: string | null) {
    super(reason ?? 'The server cannot be reached.');
  }
}

/** A file that was read. */
interface DownloadedFile {
  readonly content: Blob;
  readonly name: string;
}

/**
 * Reads a file of the service. The browser keeps a large one on the disk. A token that has ended is replaced once.
 * @throws DownloadFailed, also where the file ends before its end; the signal's error when it aborts.
 */
export async function download(session: Session, path: string, signal: AbortSignal): Promise<DownloadedFile> {
  const ask = (): Promise<Response> => fetch(addressOf(path), { credentials: 'omit', signal, headers: { authorization: `Bearer ${session.token()}`, 'x-client-name': 'console' } });
  try {
    let response = await ask();
    if (response.status === 401) {
      await session.renew();
      response = await ask();
    }
    if (!response.ok) throw new DownloadFailed(await sentenceIn(response));
    return { content: await response.blob(), name: /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'download' };
  } catch (error) {
    if (signal.aborted || error instanceof DownloadFailed) throw error;
    throw new DownloadFailed(null);
  }
}

async function sentenceIn(response: Response): Promise<string | null> {
  const body = (await response.json().catch(() => ({}))) as { readonly error?: { readonly message?: string } };
  return body.error?.message ?? null;
}

/** How long the browser may take to begin saving. */
const KEPT_MS = 60_000;

/** Lets the browser save a file. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
