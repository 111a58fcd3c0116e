// Puts a directory in the place of another one, so that whoever reads there finds all of the old files or all of the new ones:
// node place.mjs NEW OLD
import { existsSync, renameSync, rmSync } from 'node:fs';

const [built, place] = process.argv.slice(2);
const former = `${place}.former`;
rmSync(former, { recursive: true, force: true });
if (existsSync(place)) renameSync(place, former);
renameSync(built, place);
rmSync(former, { recursive: true, force: true });
