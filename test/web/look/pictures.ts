import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { palettePng } from './png';
import { type Scene, SCENES } from './scenes';
import { DESKTOP, PHONE, type Stage } from './stage';

const DIRECTORY = join(__dirname, 'pictures');
/** Where pictures are put that differ from those of the repository. */
const DIFFERENT = join(__dirname, '../../../node_modules/.cache/pictures');
/** How far apart the colours of two pixels may be, from 0 to 1; edges of letters do not count. */
const THRESHOLD = 0.1;
/** The share of pixels that may differ. */
const MOST_DIFFERENT = 0.0001;
/** So many pictures are taken until one is as it should be. */
const MOST_TAKEN = 25;

const { UPDATE_PICTURES = '', CHROMIUM = '' } = process.env;
const isUpdating = UPDATE_PICTURES !== '';

interface View {
  readonly name: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
}

const VIEWS: readonly View[] = [
  { name: 'desktop-light', size: DESKTOP, colorScheme: 'light' },
  { name: 'desktop-dark', size: DESKTOP, colorScheme: 'dark' },
  { name: 'phone-dark', size: PHONE, colorScheme: 'dark' },
  { name: 'phone-light', size: PHONE, colorScheme: 'light' },
];

/** The first state of a page is seen in every view, its other states in two of them. States that look like others need no pictures of their own. */
const viewsOf = ({ name, isLikeOthers = false }: Scene): readonly View[] =>
  (isLikeOthers ? [] : VIEWS.filter((view) => !name.includes(',') || view.name === 'desktop-light' || view.name === 'phone-dark'));
const fileOf = (scene: Scene, view: View): string => `${scene.name.replaceAll(/[^a-z]+/g, '-')}-${view.name}.png`;

/** What differs from one start of the service to the next. */
const SETTLE = `(varies) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const settled = node.data
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '00000000-0000-4000-8000-000000000000')
      .replace(/[0-9a-f]{40,}/g, (hash) => '0'.repeat(hash.length))
      .replace(/\\b0{6}\\d+\\b/g, (position) => '0'.repeat(position.length))
      .replace(/127\\.0\\.0\\.1:\\d+/g, 'partners.example');
    if (settled !== node.data) node.data = settled;
  }
  if (varies) for (const element of document.querySelectorAll(varies)) if (element.textContent !== '…') element.textContent = '…';
}`;

/** Compares pictures in the browser that takes them, which decodes them best. */
const COMPARE = `async ({ taken, kept }) => {
  const { default: pixelmatch } = await import(window.pixelmatchUrl);
  const pixels = async (base64) => {
    const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,' + base64)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
    canvas.drawImage(bitmap, 0, 0);
    return canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  };
  const [one, other] = [await pixels(taken), await pixels(kept)];
  if (one.width !== other.width || one.height !== other.height) return 1;
  return pixelmatch(one.data, other.data, null, one.width, one.height, { threshold: ${THRESHOLD} }) / (one.width * one.height);
}`;

const DECODE = `async (png) => {
  const bitmap = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
  canvas.drawImage(bitmap, 0, 0);
  const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  let text = '';
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return { width: bitmap.width, height: bitmap.height, base64: btoa(text) };
}`;

/** Pictures of all scenes, compared with those in the repository. `UPDATE_PICTURES=1` puts new ones there. */
export class Pictures {
  private constructor(private readonly desk: Page) {}

  static async open(browser: Browser): Promise<Pictures> {
    const desk = await browser.newPage();
    const pixelmatch = readFileSync(require.resolve('pixelmatch'));
    await desk.evaluate(`window.pixelmatchUrl = 'data:text/javascript;base64,${pixelmatch.toString('base64')}'`);
    return new Pictures(desk);
  }

  /** Compares what a scene shows now in each of its views. @returns the views that differ, and where their pictures are. Another browser than the package's draws otherwise, so nothing is compared with it. */
  async compare(stage: Stage, scene: Scene): Promise<readonly string[]> {
    if (CHROMIUM !== '') return [];
    const different: string[] = [];
    for (const view of viewsOf(scene)) {
      await stage.page.setViewportSize(view.size);
      await stage.show({ colorScheme: view.colorScheme });
      const file = fileOf(scene, view);
      const kept = keptPicture(file);
      const { taken, isSame } = await this.#awaited(stage.page, scene, kept);
      if (isSame) continue;
      const directory = isUpdating ? DIRECTORY : DIFFERENT;
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, file), await this.#kept(taken));
      if (!isUpdating) different.push(join(directory, file));
    }
    await stage.page.setViewportSize(DESKTOP);
    return different;
  }

  async #take(page: Page, { varies = '' }: Scene): Promise<string> {
    await page.evaluate(`document.fonts.ready.then(() => { (${SETTLE})(${JSON.stringify(varies)}); })`);
    return (await page.screenshot({ animations: 'disabled', caret: 'hide' })).toString('base64');
  }

  /** Takes pictures until one is as in the repository, since a page that got another size goes on to draw. The last of them tells what is different. */
  async #awaited(page: Page, scene: Scene, kept: string | null): Promise<{ readonly taken: string; readonly isSame: boolean }> {
    let taken = '';
    for (let count = 0; count < MOST_TAKEN; count += 1) {
      const before = taken;
      taken = await this.#take(page, scene);
      if (kept !== null && taken !== before && (await this.#differ(taken, kept)) <= MOST_DIFFERENT) return { taken, isSame: true };
    }
    return { taken, isSame: false };
  }

  /** A picture in the form in which the repository has it. */
  async #kept(taken: string): Promise<Buffer> {
    const { width, height, base64 } = await this.desk.evaluate<{ readonly width: number; readonly height: number; readonly base64: string }>(`(${DECODE})(${JSON.stringify(taken)})`);
    return palettePng({ width, height, data: Buffer.from(base64, 'base64') });
  }

  async #differ(taken: string, kept: string): Promise<number> {
    return this.desk.evaluate<number>(`(${COMPARE})(${JSON.stringify({ taken, kept })})`);
  }
}

function keptPicture(file: string): string | null {
  try {
    return readFileSync(join(DIRECTORY, file)).toString('base64');
  } catch {
    return null;
  }
}

/** Files of pictures that no scene has; with `UPDATE_PICTURES` they are deleted. */
export function strayPictures(): readonly string[] {
  const wanted = SCENES.flatMap((scene) => viewsOf(scene).map((view) => fileOf(scene, view)));
  const stray = readdirSync(DIRECTORY).filter((file) => !wanted.includes(file));
  if (!isUpdating) return stray;
  for (const file of stray) rmSync(join(DIRECTORY, file));
  return [];
}

/** Bytes of all pictures. */
export const bytesOfPictures = (): number => readdirSync(DIRECTORY).reduce((sum, file) => sum + readFileSync(join(DIRECTORY, file)).length, 0);

const BEGIN = '<!-- contact sheet: UPDATE_PICTURES=1 npx jest test/web/look -->\n';
const END = '<!-- end of the contact sheet -->\n';
const DOCUMENT = join(__dirname, '../../../docs/console.md');

/** The contact sheet that docs/console.md has, and the one that it should have; with `UPDATE_PICTURES` it is put there. */
export function contactSheets(): { readonly has: string; readonly wants: string } {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  const scenes = SCENES.filter((scene) => viewsOf(scene).length === VIEWS.length);
  const cell = (scene: Scene, view: View): string => `<img src="../test/web/look/pictures/${fileOf(scene, view)}" alt="${scene.name}, ${view.name.replace('-', ', ')}" width="${view.size === PHONE ? 110 : 300}">`;
  const wants = `| Page | ${VIEWS.map(({ name }) => name.replace('-', ', ')).join(' | ')} |\n|---${'|---'.repeat(VIEWS.length)}|\n${scenes.map((scene) => `| ${scene.name} | ${VIEWS.map((view) => cell(scene, view)).join(' | ')} |\n`).join('')}`;
  if (isUpdating) writeFileSync(DOCUMENT, text.slice(0, begin) + wants + text.slice(end));
  return { has: isUpdating ? wants : text.slice(begin, end), wants };
}
