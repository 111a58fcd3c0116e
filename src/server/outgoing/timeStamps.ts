import { bodyOf, posted, withinTime } from './post';

const TIMEOUT_MS = 10_000;
/** A token with its certificates has about 6 KiB. */
const MOST_BYTES = 64 * 1024;

/** Posts requests of RFC 3161 to the authority of the settings. Its address may be private, since it comes from whoever runs the service. Redirects are not followed. */
export const postToAuthority = ({ url, timeoutMs = TIMEOUT_MS }: { readonly url: string; readonly timeoutMs?: number }): ((body: Buffer, stop: AbortSignal) => Promise<Buffer>) =>
  (body, stop) => withinTime(timeoutMs, stop, async (signal) => {
    const response = await posted({ target: new URL(url), headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' }, body }, signal);
    const reply = await bodyOf(response, MOST_BYTES);
    if (response.statusCode !== 200) throw new Error(`its status is ${response.statusCode ?? 0}`);
    return reply;
  });
