/**
 * Makes a test fail that writes to standard output, standard error or the console. What is written is swallowed and
 * named in the failure, so that a run of the tests shows nothing but their results.
 */
const consoleMethods = ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group'] as const;

const longestExcerpt = 500;
const mostExcerpts = 20;
let written: string[] = [];

function note(where: string, text: string): void {
  if (written.length < mostExcerpts) written.push(`${where}: ${text.slice(0, longestExcerpt)}`);
}

const isCallback = (value: unknown): value is () => void => typeof value === 'function';

function replaceWrites(stream: NodeJS.WriteStream, name: string): () => void {
  const original = stream.write;
  stream.write = (chunk: Uint8Array | string, encodingOrDone?: unknown, done?: unknown): boolean => {
    note(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const callback = [encodingOrDone, done].find(isCallback);
    if (callback) process.nextTick(callback);
    return true;
  };
  return () => {
    stream.write = original;
  };
}

// The console belongs to the test file, so that it can be replaced at once: what is printed while modules load counts too.
for (const method of consoleMethods) {
  console[method] = (...values: unknown[]): void => {
    note(`console.${method}`, values.map(String).join(' '));
  };
}

const restorers: (() => void)[] = [];

// The streams are shared with the runner, which must have them back, also when a test file cannot be loaded.
beforeAll(() => {
  restorers.push(replaceWrites(process.stdout, 'stdout'), replaceWrites(process.stderr, 'stderr'));
});

afterEach(() => {
  failWhenSomethingWasWritten();
});

afterAll(() => {
  for (const restore of restorers.splice(0)) {
    restore();
  }
  failWhenSomethingWasWritten();
});

function failWhenSomethingWasWritten(): void {
  const found = written;
  written = [];
  if (found.length > 0) {
    throw new Error(`A test wrote to the output; keep tests silent.\n${found.join('\n')}`);
  }
}
