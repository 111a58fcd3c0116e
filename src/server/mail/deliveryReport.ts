/** The recipient that a delivery report is about could not be reached. */
export interface ReportedFailure {
  /** Enhanced status code such as 5.1.1; null when the report has none. */
  readonly status: string | null;
}

type Fields = ReadonlyMap<string, string>;

const STATUS = /^[45]\.\d{1,3}\.\d{1,3}$/;

/**
 * Reads a message that came to a bounce address. Only a delivery status notification (RFC 3464) of a failure counts. Automatic
 * replies, notices of delay, read receipts, complaints and letters of people do not.
 * @param message the beginning of the message at least, headers first.
 */
export function failureReportedIn(message: string): ReportedFailure | null {
  const { fields, body } = parsed(message.replace(/\r\n?/g, '\n'));
  const { type, parameters } = contentTypeOf(fields);
  const boundary = parameters.get('boundary');
  if (type !== 'multipart/report' || parameters.get('report-type')?.toLowerCase() !== 'delivery-status' || boundary === undefined) return null;
  for (const text of `\n${body}`.split(`\n--${boundary}`).slice(1)) {
    const part = parsed(text.replace(/^[^\n]*\n/, ''));
    if (!/^message\/(?:global-)?delivery-status$/.test(contentTypeOf(part.fields).type)) continue;
    const failed = part.body.split(/\n{2,}/).map((block) => parsed(block).fields).find((recipient) => wordOf(recipient.get('action')) === 'failed');
    if (failed === undefined) return null;
    const status = wordOf(failed.get('status'));
    return { status: STATUS.test(status) ? status : null };
  }
  return null;
}

/** The first word of a field, without the comment that may follow. */
const wordOf = (value: string | undefined): string => value?.trim().split(/[\s(;]/, 1)[0]?.toLowerCase() ?? '';

/** Header fields by name in lower case, and what follows the first blank line. Of a field that is repeated the first one counts. */
function parsed(text: string): { readonly fields: Fields; readonly body: string } {
  const end = text.startsWith('\n') ? 0 : text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const fields = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return { fields, body: end === -1 ? '' : text.slice(end).replace(/^\n+/, '') };
}

function contentTypeOf(fields: Fields): { readonly type: string; readonly parameters: ReadonlyMap<string, string> } {
  const value = fields.get('content-type') ?? '';
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of value.matchAll(/;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s;"]+))/g)) parameters.set(name.toLowerCase(), quoted ?? plain ?? '');
  return { type: value.split(';', 1)[0]?.trim().toLowerCase() ?? '', parameters };
}
