import { COLOURS, FONT } from './look';

/** The parts of a message in HTML, in which names are escaped. */
export interface HtmlParts {
  readonly title: string;
  /** What mail programs show beside the subject. */
  readonly preview: string;
  readonly opening: readonly string[];
  readonly link: { readonly url: string; readonly button: string; readonly instead: string } | null;
  readonly closing: readonly string[];
  /** BCP 47 tag. */
  readonly language: string;
}

/** The name in the head of each message. */
const NAME = 'Partner access';

const [INK, QUIET, PAPER, SURFACE, LINE, ACCENT, ON_ACCENT] = [COLOURS.ink[0], COLOURS.quiet[0], COLOURS.paper[0], COLOURS.surface[0], COLOURS.line[0], COLOURS.accent[0], COLOURS['on-accent'][0]];
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

const paragraph = (html: string): string => `<p style="margin: 0 0 16px;">${html}</p>\n`;
const small = (html: string): string => `<p class="quiet" style="margin: 0 0 8px; color: ${QUIET}; font-size: 14px;">${html}</p>\n`;

/** A button that mail programs without styles of links show too, and its address for those that open none. */
const button = ({ url, button: label, instead }: NonNullable<HtmlParts['link']>): string => `<table ${TABLE} style="margin: 8px 0 16px;">
<tr><td class="button" bgcolor="${ACCENT}" style="border-radius: 8px; background-color: ${ACCENT};"><a class="button" href="${url}" style="display: inline-block; padding: 12px 24px; border: 1px solid ${ACCENT}; border-radius: 8px; background-color: ${ACCENT}; color: ${ON_ACCENT}; font-weight: 600; text-decoration: none;">${label}</a></td></tr>
</table>
${small(`${instead}<br><a class="address" href="${url}" style="color: ${ACCENT}; word-break: break-all;">${url}</a>`)}`;

const HEAD = `<table ${TABLE}>
<tr><td class="button" bgcolor="${ACCENT}" width="32" height="32" align="center" aria-hidden="true" style="width: 32px; height: 32px; border-radius: 8px; background-color: ${ACCENT}; color: ${ON_ACCENT}; font-size: 14px; font-weight: 700; line-height: 32px;">PA</td><td style="padding-left: 8px; font-weight: 600;">${NAME}</td></tr>
</table>`;

/** What differs in the dark. Mail programs that know no media queries show the light form, or turn the colours themselves. */
const STYLE = `:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: ${COLOURS.surface[1]} !important; color: ${COLOURS.ink[1]} !important; }
  .card { border-color: ${COLOURS.line[1]} !important; background-color: ${COLOURS.paper[1]} !important; color: ${COLOURS.ink[1]} !important; }
  .head { border-color: ${COLOURS.line[1]} !important; }
  .quiet { color: ${COLOURS.quiet[1]} !important; }
  .button { border-color: ${COLOURS.accent[1]} !important; background-color: ${COLOURS.accent[1]} !important; color: ${COLOURS['on-accent'][1]} !important; }
  .address { color: ${COLOURS.accent[1]} !important; }
}
@media (forced-colors: active) {
  .page, .card, .head, .quiet { border-color: CanvasText !important; background-color: Canvas !important; color: CanvasText !important; }
  .button { border-color: ButtonBorder !important; background-color: ButtonFace !important; color: ButtonText !important; }
  .address { color: LinkText !important; }
}
@media (max-width: 480px) {
  .part { padding: 20px 16px !important; }
}`;

/** Writes a message in HTML that mail programs understand: tables, styles in the elements, nothing that is loaded. It is 600 pixels wide at most. */
export const htmlOf = ({ title, preview, opening, link, closing, language }: HtmlParts): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${title}</title>
<style>
${STYLE}
</style>
</head>
<body class="page" style="margin: 0; padding: 0; background-color: ${SURFACE}; color: ${INK};">
<main>
<div style="display: none; max-height: 0; overflow: hidden;">${preview}</div>
<table ${TABLE} class="page" width="100%" bgcolor="${SURFACE}" style="width: 100%; background-color: ${SURFACE}; color: ${INK}; font-family: ${FONT}; font-size: 16px; line-height: 1.5;">
<tr><td align="center" style="padding: 24px 8px;">
<table ${TABLE} class="card" width="600" bgcolor="${PAPER}" style="width: 100%; max-width: 600px; table-layout: fixed; border: 1px solid ${LINE}; border-collapse: separate; border-radius: 8px; background-color: ${PAPER}; color: ${INK}; text-align: left;">
<tr><td class="head part" style="padding: 16px 32px; border-bottom: 1px solid ${LINE};">
${HEAD}
</td></tr>
<tr><td class="part" style="padding: 24px 32px; overflow-wrap: anywhere;">
<h1 style="margin: 0 0 16px; font-size: 22px; line-height: 1.3;">${title}</h1>
${opening.map(paragraph).join('')}${link === null ? '' : button(link)}${closing.map(small).join('')}</td></tr>
</table>
</td></tr>
</table>
</main>
</body>
</html>
`;
