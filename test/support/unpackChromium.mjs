// Unpacks the Chromium that a package brings, with its fonts, into the directory that is named. Several processes may do so at once.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import chromium from '@sparticuz/chromium';

const [directory] = process.argv.slice(2);
mkdirSync(dirname(directory), { recursive: true });
const own = mkdtempSync(`${directory}-`);
// The package unpacks to the directory for temporary files.
process.env.TMPDIR = own;
await chromium.executablePath();
// The fonts are the only ones, so that pages look the same on every machine.
writeFileSync(join(own, 'fonts.conf'), `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(directory, 'fonts')}</dir><cachedir>${join(directory, 'fontCache')}</cachedir></fontconfig>
`);
try {
  renameSync(own, directory);
} catch (error) {
  if (!existsSync(directory)) throw error;
  rmSync(own, { recursive: true });
}
