import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailTransport, OutgoingMail } from '../application/mailTransport';

/** A message in the outbox. */
export interface OutboxMail extends OutgoingMail {
  /** the name of its file, without `.json`. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

const MAX_MESSAGES = 1_000;
const ID = /^\d{8}T\d{9}Z-[0-9a-f]{12}$/;

/**
 * A directory that messages are put into instead of being sent: one JSON file each, for its owner's eyes alone, since
 * links stand in them. The newest 1,000 are kept.
 */
export class Outbox implements MailTransport {
  #trimmed: Promise<void> = Promise.resolve();

  constructor(private readonly directory: string) {}

  async send({ to, subject, text, html, messageId }: OutgoingMail): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const at = new Date().toISOString();
    const id = `${at.replace(/[-:.]/g, '')}-${randomBytes(6).toString('hex')}`;
    const draft = join(this.directory, `${id}.draft`);
    await writeFile(draft, `${JSON.stringify({ to, subject, messageId, at, text, html }, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, join(this.directory, `${id}.json`));
    this.#trimmed = this.#trimmed.then(() => this.#trim());
    await this.#trimmed;
  }

  /** The newest messages, the latest one last. */
  async messages(limit: number): Promise<readonly OutboxMail[]> {
    const found = await Promise.all((await this.#ids()).slice(-limit).map((id) => this.message(id)));
    return found.filter((mail) => mail !== undefined);
  }

  /** The message in that file; undefined where there is none. */
  async message(id: string): Promise<OutboxMail | undefined> {
    if (!ID.test(id)) return undefined;
    try {
      const mail = JSON.parse(await readFile(join(this.directory, `${id}.json`), 'utf8')) as OutgoingMail & { readonly at: string };
      return { ...mail, id };
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#trimmed;
  }

  async #trim(): Promise<void> {
    const ids = await this.#ids();
    await Promise.all(ids.slice(0, -MAX_MESSAGES).map((id) => rm(join(this.directory, `${id}.json`), { force: true })));
  }

  /** In order of time. */
  async #ids(): Promise<readonly string[]> {
    try {
      return (await readdir(this.directory)).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length)).filter((id) => ID.test(id)).sort();
    } catch (error) {
      if (isNotThere(error)) return [];
      throw error;
    }
  }
}

const isNotThere = (error: unknown): boolean => typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
