/**
 * The colours of what this service writes outside of the console, light and dark. They are the design tokens of web/src/style/tokens.css, which a
 * test compares: mail programs know no tokens.
 */
export const COLOURS = {
  ink: ['#16211c', '#e9f0ec'],
  quiet: ['#4a5850', '#adbcb4'],
  paper: ['#ffffff', '#111815'],
  surface: ['#f3f6f4', '#1a2420'],
  line: ['#d3dcd7', '#35443c'],
  accent: ['#0f6b4f', '#6fd3ad'],
  'on-accent': ['#ffffff', '#06231a'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

/** Fonts that every system has. */
export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** The colours as CSS variables, for pages that this service writes itself. */
export const COLOUR_VARIABLES = `:root { color-scheme: light dark; ${Object.entries(COLOURS).map(([name, [light]]) => `--${name}: ${light};`).join(' ')} }
@media (prefers-color-scheme: dark) { :root { ${Object.entries(COLOURS).map(([name, [, dark]]) => `--${name}: ${dark};`).join(' ')} } }
@media (forced-colors: active) { :root { --line: CanvasText; --accent: Highlight; } }`;
