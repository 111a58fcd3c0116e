import { createTheme, type CSSVariablesResolver, defaultVariantColorsResolver, type MantineColorsTuple, ModalHeader, type VariantColorsResolver } from '@mantine/core';

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
  headings: { fontFamily: 'var(--font)', fontWeight: '650' },
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  variantColorResolver: variantColors,
  components: {
    // It is a `header` element, which would be a second banner of the page.
    ModalHeader: ModalHeader.extend({ defaultProps: { role: 'presentation' } }),
  },
});

/** Points the component library's variables to the tokens, which know light, dark and high contrast by themselves. */
export const cssVariables: CSSVariablesResolver = () => {
  const tokens = {
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
    '--mantine-primary-color-filled': 'var(--accent)',
    '--mantine-primary-color-filled-hover': 'var(--accent-strong)',
    '--mantine-primary-color-contrast': 'var(--on-accent)',
    '--mantine-primary-color-light': 'var(--tint)',
    '--mantine-primary-color-light-hover': 'var(--tint)',
    '--mantine-primary-color-light-color': 'var(--on-tint)',
  };
  return { variables: {}, light: tokens, dark: tokens };
};
