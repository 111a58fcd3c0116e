import { crc32, deflateSync } from 'node:zlib';

/** Pixels as a browser's canvas has them: red, green, blue and opacity. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;
/** Steps of each colour. Fewer are taken where there are too many colours for a palette. */
const STEPS = [16, 8, 6] as const;

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** Colours of so many pixels are those of areas and are kept as they are; others are those of the edges of letters. */
const AREA = 400;

function colourAt(data: Uint8Array, from: number, rounded: Uint8Array | null = null): number {
  const [red, green, blue] = [data[from] ?? 0, data[from + 1] ?? 0, data[from + 2] ?? 0];
  return rounded === null ? red * 65_536 + green * 256 + blue : (rounded[red] ?? 0) * 65_536 + (rounded[green] ?? 0) * 256 + (rounded[blue] ?? 0);
}

function coloursOfAreas(data: Uint8Array): ReadonlySet<number> {
  const counts = new Map<number, number>();
  for (let from = 0; from < data.length; from += 4) {
    const colour = colourAt(data, from);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count >= AREA).map(([colour]) => colour));
}

/** A PNG with a palette, in which the colours of the edges of letters are rounded: a third of the size of one with all colours, and nobody sees the difference. */
export function palettePng({ width, height, data }: Pixels): Buffer {
  const areas = coloursOfAreas(data);
  for (const steps of STEPS) {
    const distance = 255 / (steps - 1);
    const rounded = Uint8Array.from({ length: 256 }, (_, value) => Math.round(Math.round(value / distance) * distance));
    const palette = new Map<number, number>();
    const rows = Buffer.alloc((width + 1) * height);
    for (let y = 0, from = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, from += 4) {
        const exact = colourAt(data, from);
        const colour = areas.has(exact) ? exact : colourAt(data, from, rounded);
        const index = palette.get(colour) ?? palette.size;
        if (index === palette.size) palette.set(colour, index);
        rows[y * (width + 1) + 1 + x] = index;
      }
    }
    if (palette.size > MOST_COLOURS) continue;
    const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    const colours = Buffer.from([...palette.keys()].flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
    return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
  }
  throw new Error('The picture has too many colours, even rounded.');
}
