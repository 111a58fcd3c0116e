import canonicalize from 'canonicalize';
import type { JsonValue } from './eventStore';

/** An escape that JSON needs for half a surrogate pair only, with an even number of backslashes before it. */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/**
 * The one text that a JSON value has under RFC 8785 (JSON Canonicalization Scheme): sorted keys, no spaces.
 * @throws TypeError for what RFC 8785 has no text for: NaN, infinities, ill-formed Unicode, nesting beyond the call stack.
 */
export function canonicalJson(value: JsonValue | object): string {
  const text = attempt(value);
  if (text === undefined) throw new TypeError('the value has no JSON text');
  if (LONE_SURROGATE.test(text)) throw new TypeError('the text holds half of a surrogate pair; strings must be well-formed Unicode');
  return text;
}

function attempt(value: JsonValue | object): string | undefined {
  try {
    return canonicalize(value);
  } catch (cause) {
    const reason = cause instanceof RangeError ? 'it is nested too deeply' : String(cause);
    throw new TypeError(`the value has no JSON text: ${reason}`, { cause });
  }
}
