import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { openCurrentReadModels } from '../composition/currentReadModels';
import { accessCsv } from '../application/exports/access';
import { parseConfig } from '../config';
import { AccessQueries } from '../projections/periodsOfAccess/queries';
import { periodsOfAccessProjection } from '../projections/periodsOfAccess/projection';
import type { AccessTime } from '../projections/periodsOfAccess/rows';
import { userListProjection } from '../projections/userList/projection';
import { UserListQueries } from '../projections/userList/queries';
import { OptionUnusable } from './failures';
import { moment } from './options/moments';
import { requireNew, writeOutput } from './output';

interface AccessOptions {
  readonly asOf?: string;
  readonly from?: string;
  readonly to?: string;
  readonly app?: readonly string[];
  readonly out?: string;
}

/** The `access` command: who had access to which app, as a table for a spreadsheet. */
export function accessCommand(): Command {
  const command = new Command('access')
    .description('Writes who had access as of a moment, or at any time between two, as CSV for a spreadsheet: one line for each stay and each role in it, over all apps. Times are in UTC. The service may keep running.')
    .addOption(new Option('--as-of <time>', 'who had access at this time, for example 2026-03-31 or 2026-03-31T17:00:00Z').argParser(moment).conflicts(['from', 'to']))
    .addOption(new Option('--from <time>', 'who had access at any time from this one on, up to --to').argParser(moment))
    .addOption(new Option('--to <time>', 'the time before which they had access').argParser(moment))
    .option('--app <id...>', 'only these apps (default: all of them)')
    .option('--out <file>', 'output file; it must not exist (default: standard output)');
  return command.action((options: AccessOptions) => {
    const time = timeOf(options);
    return typeof time === 'string' ? command.error(time) : writeAccess(time, options);
  });
}

/** The time that is asked for, or the sentence that says what is wrong. */
function timeOf({ asOf, from, to }: AccessOptions): AccessTime | string {
  const now = new Date().toISOString();
  if (asOf !== undefined) return asOf > now ? '--as-of is in the future, and nobody knows who will have access then.' : { asOf };
  if (from === undefined || to === undefined) return 'Give --as-of TIME, or --from TIME and --to TIME.';
  return from < to ? { from, to } : '--from must be before --to.';
}

async function writeAccess(time: AccessTime, { app, out }: AccessOptions): Promise<void> {
  if (out !== undefined) requireNew(out);
  const models = await openCurrentReadModels(parseConfig(process.env), [userListProjection, periodsOfAccessProjection]);
  const bar = new SingleBar({ format: 'writing {bar} {percentage} %, {lines} lines, {eta_formatted} left', stream: process.stderr, noTTYOutput: true, notTTYSchedule: 10_000, clearOnComplete: false });
  try {
    const appIds = app === undefined ? null : knownApps(app, new UserListQueries(models.database, () => new Date().toISOString()));
    const queries = new AccessQueries(models.database);
    const total = queries.count(appIds);
    let lines = 0;
    let read = 0;
    const texts = function* (): Generator<string, void, undefined> {
      bar.start(total, 0, { lines: '0' });
      for (const part of accessCsv(queries, time, { appIds })) {
        yield part.text;
        lines += part.lines;
        bar.update(read += part.read, { lines: lines.toLocaleString('en') });
      }
      bar.update(total);
    };
    await writeOutput(out, texts());
    bar.stop();
    if (process.stdout.writable) process.stderr.write(`${lines.toLocaleString('en')} lines.\n`);
  } finally {
    bar.stop();
    models.close();
  }
}

function knownApps(appIds: readonly string[], userList: UserListQueries): readonly string[] {
  const known = new Set(userList.appsByIds(appIds).map(({ appId }) => appId));
  for (const appId of appIds) if (!known.has(appId)) throw new OptionUnusable(`The log has no app ${appId}. Check --app.`);
  return appIds;
}
