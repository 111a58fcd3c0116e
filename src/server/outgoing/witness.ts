import { bodyOf, posted, signedHeaders, withinTime } from './post';

/** What is posted to a witness, and what it answered. */
type PostToWitness = (message: { readonly messageId: string; readonly body: string }, signal: AbortSignal) => Promise<{ readonly status: number; readonly body: string }>;

const TIMEOUT_MS = 10_000;
/** A longer answer is none of a witness. */
const MOST_BYTES = 64 * 1024;

/**
 * Posts to the witness of the settings, signed according to Standard Webhooks. Its address may be private: unlike that of a webhook it
 * comes from whoever runs the service. Redirects are not followed.
 */
export const postToWitness = ({ url, secret, timeoutMs = TIMEOUT_MS }: { readonly url: string; readonly secret: string; readonly timeoutMs?: number }): PostToWitness =>
  ({ messageId, body }, stop) => withinTime(timeoutMs, stop, async (signal) => {
    const response = await posted({ target: new URL(url), headers: signedHeaders({ secret, messageId, body }), body }, signal);
    return { status: response.statusCode ?? 0, body: (await bodyOf(response, MOST_BYTES)).toString('utf8') };
  });
