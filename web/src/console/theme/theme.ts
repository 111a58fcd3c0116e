import { createTheme, type CSSVariablesResolver, defaultVariantColorsResolver, type MantineColorsTuple, Menu, ModalHeader, type VariantColorsResolver } from '@mantine/core';

/** The accent in ten steps, for what the component library derives from them. The pages' colours are the tokens of style/tokens.css. */
const brand: MantineColorsTuple = ['#e2f2ec', '#c3e6d9', '#9fd8c3', '#6fd3ad', '#45b88f', '#2a9b75', '#178262', '#0f6b4f', '#0a523c', '#063a2a'];

/** Gives the component library the tokens, in the colours that pages may name: the accent by default, `red` for what destroys, `gray`. */
const variantColors: VariantColorsResolver = (input) => {
  const colors = defaultVariantColorsResolver(input);
  const [solid, strong, on, tint] = input.color === 'red' ? ['--bad', '--bad-strong', '--on-bad', '--bad-tint'] : ['--accent', '--accent-strong', '--on-accent', '--tint'];
  const text = input.color === 'red' ? '--bad' : '--on-tint';
  if (input.color === 'gray') return { ...colors, background: 'var(--surface)', hover: 'var(--line)', color: 'var(--ink)' };
  switch (input.variant) {
    case 'filled': return { ...colors, background: `var(${solid})`, hover: `var(${strong})`, color: `var(${on})` };
    case 'light': return { ...colors, background: `var(${tint})`, hover: `var(${tint})`, color: `var(${text})` };
    case 'outline': return { ...colors, background: 'transparent', hover: `var(${tint})`, color: `var(${solid})`, border: `1px solid var(${solid})` };
    case 'subtle': case 'transparent': return { ...colors, hover: `var(${tint})`, color: `var(${solid})` };
    default: return colors;
  }
};

/** The component library's settings for the whole console. */
export const theme = createTheme({
  colors: { brand },
  primaryColor: 'brand',
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--fixed)',
  fontSizes: { xs: 'var(--text-hint)', sm: 'var(--text-small)', md: 'var(--text)' },
  headings: {
    fontFamily: 'var(--font)',
    fontWeight: '650',
    sizes: { h1: { fontSize: 'var(--text-entrance)', lineHeight: '1.25' }, h2: { fontSize: 'var(--text-page)', lineHeight: '1.3' }, h3: { fontSize: 'var(--text-part)', lineHeight: '1.35' } },
  },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  variantColorResolver: variantColors,
  components: {
    // It is a `header` element, which would be a second banner of the page.
    // A menu belongs to the content, where screen readers look for it, and has nothing but its items in it.
    Menu: Menu.extend({ defaultProps: { portalProps: { target: '#content' }, withInitialFocusPlaceholder: false } }),
    ModalHeader: ModalHeader.extend({ defaultProps: { role: 'presentation' } }),
  },
});

/** The greys of the component library, from 0 to 9: those of its light theme go from the page to the text, those of its dark theme from the text to the page. */
const GRAYS = ['--surface', '--surface', '--line', '--line', '--edge', '--edge', '--quiet', '--quiet', '--ink', '--ink'] as const;
const DARKS = ['--ink', '--ink', '--quiet', '--quiet', '--line', '--line', '--raised', '--raised', '--paper', '--paper'] as const;
const scale = (name: string, tokens: readonly string[]): Record<string, string> => Object.fromEntries(tokens.map((token, step) => [`--mantine-color-${name}-${step}`, `var(${token})`]));

/** Points the component library's variables to the tokens, which know light, dark and high contrast by themselves. */
export const cssVariables: CSSVariablesResolver = () => {
  const tokens = {
    ...scale('gray', GRAYS),
    ...scale('dark', DARKS),
    '--mantine-color-body': 'var(--paper)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-bright': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--quiet)',
    '--mantine-color-placeholder': 'var(--quiet)',
    '--mantine-color-anchor': 'var(--accent)',
    '--mantine-color-error': 'var(--bad)',
    '--mantine-color-default': 'var(--paper)',
    '--mantine-color-default-hover': 'var(--surface)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--edge)',
    '--mantine-color-disabled': 'var(--surface)',
    '--mantine-color-disabled-color': 'var(--edge)',
    '--mantine-color-disabled-border': 'var(--line)',
    '--mantine-color-brand-filled': 'var(--accent)',
    '--mantine-color-brand-filled-hover': 'var(--accent-strong)',
    '--mantine-color-red-filled': 'var(--bad)',
    '--mantine-color-red-filled-hover': 'var(--bad-strong)',
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-primary-color-filled-hover': 'var(--accent-strong)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
    '--mantine-primary-color-light': 'var(--tint)',
    '--mantine-primary-color-light-hover': 'var(--tint)',
    '--mantine-primary-color-light-color': 'var(--on-tint)',
  };
  return { variables: {}, light: tokens, dark: tokens };
};
