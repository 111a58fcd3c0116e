import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLOUR_RULES, type Media } from '../../support/consolePage';
import { bytesOfPictures, contactSheets, Pictures, strayPictures } from './pictures';
import { type Scene, SCENES } from './scenes';
import { DESKTOP, PHONE, Stage } from './stage';

/** Most bytes of all pictures together. */
const MOST_BYTES = 4_000_000;
/** Most of what was there may move, as a share of the window, while a page loads. */
const MOST_SHIFTED = 0.1;

/** How the pages look to whom. In the first way every rule is checked, in the others whether everything can be read. */
const WAYS: Readonly<Record<string, Media>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  moreContrast: { contrast: 'more' },
  moreContrastInTheDark: { colorScheme: 'dark', contrast: 'more' },
  forcedColours: { forcedColors: 'active' },
};
/** The first state of a page, in which its name has no comma, is looked at in every way. */
const isFirst = ({ name }: Scene): boolean => !name.includes(',');

describe('every page in every state', () => {
  let stage: Stage;
  let pictures: Pictures;
  beforeAll(async () => {
    stage = await Stage.start();
    pictures = await Pictures.open(stage.browser);
  });
  afterAll(() => stage.close());

  it('is in the list', () => {
    const pages = [...readFileSync(join(__dirname, '../../../web/src/console/app/pages.ts'), 'utf8').matchAll(/^ {4}path: '([^']+)'/gm)].map(([, path = '']) => path);
    expect(pages.length).toBeGreaterThan(9);
    const paths = SCENES.map(({ path }) => new URL(path(stage.world), stage.world.service.url).pathname);
    for (const page of pages) expect(paths.filter((path) => new RegExp(`^${page.replaceAll(/:\w+/g, '[^/]+')}$`).test(path)).length).toBeGreaterThan(0);
  });

  it.each(SCENES)('looks as in its pictures, can be read by everybody, fits a phone, and neither moves nor jumps: $name', async (scene) => {
    const { page } = stage;
    await stage.open(scene);
    const shifted = await stage.shifted();
    const moving = [...(await stage.animations())];
    await scene.does?.(page);
    moving.push(...(await stage.animations()));
    const different = await pictures.compare(stage, scene);
    const violations: Record<string, readonly string[]> = {};
    for (const [index, [way, media]] of Object.entries(WAYS).entries()) {
      if (isFirst(scene) || !way.startsWith('more')) violations[way] = await stage.violations(media, index === 0 ? null : COLOUR_RULES);
    }
    await page.setViewportSize(PHONE);
    const isTooWide = await stage.isTooWide();
    await page.setViewportSize(DESKTOP);
    expect({ different, violations: Object.values(violations).flat(), moving, isTooWide, problems: stage.problems }).toEqual({ different: [], violations: [], moving: [], isTooWide: false, problems: [] });
    expect(shifted).toBeLessThan(MOST_SHIFTED);
  });

  it('has pictures of these scenes alone, of 4 MB together, and a contact sheet in the documents', () => {
    expect(strayPictures()).toEqual([]);
    expect(bytesOfPictures()).toBeLessThan(MOST_BYTES);
    const { has, wants } = contactSheets();
    expect(has).toBe(wants);
  });

  it('tells with lines, where people have colours of their own, what backgrounds tell otherwise', async () => {
    const { page } = stage;
    const styleOf = (selector: string, property: string): Promise<string> =>
      page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue(${JSON.stringify(property)})`);
    const open = async (name: string): Promise<void> => {
      const scene = SCENES.find((one) => one.name === name)!;
      await stage.open(scene);
      await scene.does?.(page);
      await stage.show({ forcedColors: 'active' });
    };
    await open('review, selected');
    expect(await styleOf('nav [aria-current="page"]', 'outline-style')).toBe('solid');
    expect(await styleOf('[aria-selected="true"]', 'outline-style')).toBe('solid');
    expect(await styleOf('.mantine-Progress-root', 'border-top-width')).toBe('1px');
    expect(await styleOf('.mantine-Progress-section', 'background-color')).not.toBe(await styleOf('body', 'background-color'));
    expect(await styleOf('.mantine-Switch-thumb', 'background-color')).not.toBe(await styleOf('.mantine-Switch-track', 'background-color'));
    await open('users, loading');
    expect(await styleOf('.mantine-Skeleton-root', 'border-top-width')).toBe('1px');
    await open('history, users at a moment');
    expect(await styleOf('main nav [aria-current="page"]', 'outline-style')).toBe('solid');
    expect(await styleOf('.mantine-Slider-bar', 'background-color')).not.toBe(await styleOf('body', 'background-color'));
    await open('users, actions');
    await page.keyboard.press('ArrowDown');
    expect(await styleOf('[role="menuitem"]:focus', 'outline-style')).toBe('solid');
  });
});
