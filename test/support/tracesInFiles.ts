import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const hex = (unit: string): string => (unit.codePointAt(0) ?? 0).toString(16);

/** The parts of a base64 text that stand for these bytes wherever they begin in what is encoded. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const begin = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(begin, end);
  });
}

/** What a text looks like in files: in UTF-8 and UTF-16, in JSON (also in JSON within JSON), HTML, URLs and quoted-printable with escapes, in hexadecimal and within base64. Each as its bytes in Latin-1. */
function encodingsOf(text: string): readonly string[] {
  const utf8 = Buffer.from(text, 'utf8');
  const escaped = JSON.stringify(text).slice(1, -1);
  const texts = [
    text,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${hex(unit).padStart(4, '0')}`),
    text.replace(/[^\x20-\x7e]/g, (unit) => `&#x${hex(unit)};`),
    encodeURIComponent(text),
    [...utf8].map((byte) => (byte > 0x7e || byte === 0x3d ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCharCode(byte))).join(''),
    ...[text, text.toLowerCase(), text.toUpperCase()].flatMap((one) => base64Of(Buffer.from(one, 'utf8'))),
    utf8.toString('hex'),
  ];
  return [...new Set([...texts.flatMap((one) => [one, one.toLowerCase(), one.toUpperCase()]).map((one) => Buffer.from(one, 'utf8').toString('latin1')), Buffer.from(text, 'utf16le').toString('latin1')])];
}

/** Tells which of the texts are in these bytes, in whatever encoding. */
export function tracesIn(bytes: Buffer, texts: readonly string[]): readonly string[] {
  const content = bytes.toString('latin1');
  const plain = content.replaceAll('-', '+').replaceAll('_', '/');
  return texts.filter((text) => encodingsOf(text).some((encoded) => content.includes(encoded) || plain.includes(encoded)));
}

/** The files below a directory with any of the texts, each with what was found, whatever kind of file it is. */
export function tracesBelow(directory: string, texts: readonly string[]): readonly string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    if (statSync(path).isDirectory()) return tracesBelow(path, texts).map((found) => `${name}/${found}`);
    return tracesIn(readFileSync(path), texts).map((text) => `${name}: ${text}`);
  });
}
