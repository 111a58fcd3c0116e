/** Larger answers than this are no keys and no facts about a token. */
const MAX_BYTES = 512 * 1024;

export interface BoundedRequest extends RequestInit {
  readonly timeoutMs: number;
}

/**
 * The JSON object that an address answers with, read within a time and a size, without following redirects.
 * @throws Error for any other status than 200 and for any other answer.
 */
export async function fetchJson(url: URL, { timeoutMs, ...init }: BoundedRequest): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url.origin}${url.pathname} answered with the status ${response.status}`);
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      throw new Error(`${url.origin}${url.pathname} answered with more than ${MAX_BYTES} bytes`);
    }
    chunks.push(part.value);
  }
  const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${url.origin}${url.pathname} did not answer with a JSON object`);
  return { ...value };
}
