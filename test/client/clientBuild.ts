import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory, type TemporaryDirectory } from '../support/temporaryDirectory';

const TOP = join(__dirname, '../..');
const PROJECT = 'test/client/project';

/** How a step of the build ended; `output` says why where it failed. */
export interface BuildResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** The client's project in a directory of its own, beside the schema that it is generated from. */
export class ClientBuild {
  private constructor(private readonly directory: TemporaryDirectory) {}

  /** @param change of the schema's text; it must change something. */
  static prepare(change: (schema: string) => string = (schema) => schema): ClientBuild {
    const directory = temporaryDirectory();
    const schema = readFileSync(join(TOP, 'schema.graphql'), 'utf8');
    cpSync(join(TOP, PROJECT), join(directory.path, PROJECT), { recursive: true, filter: (source) => !source.includes('__generated__') });
    cpSync(join(TOP, 'relay.config.json'), join(directory.path, 'relay.config.json'));
    writeFileSync(join(directory.path, 'schema.graphql'), change(schema));
    symlinkSync(join(TOP, 'node_modules'), join(directory.path, 'node_modules'));
    return new ClientBuild(directory);
  }

  /** Generates the artifacts of the operations. */
  generate(): Promise<BuildResult> {
    return this.#run('node_modules/relay-compiler/cli.js', 'relay.config.json');
  }

  /** Checks the types of the client and compiles it. */
  compile(): Promise<BuildResult> {
    return this.#run('node_modules/.bin/tsc', '-p', join(PROJECT, 'tsconfig.json'));
  }

  /** A module of the compiled client. */
  load<T>(module: string): T {
    return jest.requireActual<T & object>(join(this.directory.path, PROJECT, 'built', module));
  }

  remove(): void {
    this.directory.remove();
  }

  async #run(program: string, ...args: readonly string[]): Promise<BuildResult> {
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(TOP, program), ...args], { cwd: this.directory.path });
      return { succeeded: true, output: stdout + stderr };
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return { succeeded: false, output: stdout + stderr };
    }
  }
}
