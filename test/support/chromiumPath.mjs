// Prints where a Chromium is that tests can start: the one that CHROMIUM names, else the one that a package brings.
import chromium from '@sparticuz/chromium';

process.stdout.write(process.env.CHROMIUM ?? (await chromium.executablePath()));
