import { appNotFound } from '../domain/roster/guards';
import { normalizeKeapId } from '../domain/keapId';
import { isAppId } from '../domain/fields';
import type { ChangeUserRole, RegisterApp, RenameApp, SetLicences } from '../domain/roster/decide';
import type { CommandPorts } from './commandPorts';
import { type CommandRun, derivedId } from './handling/append';
import type { CommandOutcome, InApp, UserOutcome } from './commandTypes';
import type { AppointAdmin, RebindUser } from '../domain/roster/recovering';
import type { RosterResult } from './handling/rosterRound';

/**
 * Refuses a string that cannot be an app id.
 * @throws DomainError `APP_NOT_FOUND`
 */
export function requireAppId(appId: string): void {
  if (!isAppId(appId)) throw appNotFound(appId);
}

type RegisterAppInput = Pick<RegisterApp, 'appId' | 'name' | 'licences' | 'ownerKeapId'> & {
  /** Default: `appUrlTemplate` of the settings with the app id filled in. */
  readonly url?: string | null;
  readonly ownerName?: string | null;
  readonly importing?: true;
};

/** Registers an app with its owner. */
export async function registerApp({ rosters, settings }: CommandPorts, input: RegisterAppInput, run: CommandRun): Promise<UserOutcome> {
  const { appId, name, licences, ownerKeapId } = input;
  const newUserId = derivedId(run.commandId, 'user');
  // A malformed id is refused as such; it must not reach the address first.
  const url = input.url ?? settings.appUrlTemplate.replaceAll('{appId}', isAppId(appId) ? appId : '');
  const { position, earlier, state } = await rosters.handle(
    appId,
    { type: 'RegisterApp', appId, name, url, licences, ownerKeapId, ownerName: input.ownerName ?? null, newUserId, ...(input.importing ? { importing: true } : {}) },
    run,
  );
  return { appId, userId: earlier?.userId ?? newUserId, position: position ?? state.registeredPosition };
}

/** Sets how many users an app may have. */
export async function setLicences({ rosters }: CommandPorts, { appId, licences }: InApp<SetLicences>, run: CommandRun): Promise<CommandOutcome> {
  requireAppId(appId);
  const { position, state } = await rosters.handle(appId, { type: 'SetLicences', licences }, run);
  return { appId, position: position ?? state.licencesPosition };
}

type RenameAppInput = InApp<Pick<RenameApp, 'name'>> & { readonly url?: string | null };

/** Gives an app another name, and another URL if one is given. */
export async function renameApp({ rosters }: CommandPorts, { appId, name, url }: RenameAppInput, run: CommandRun): Promise<CommandOutcome> {
  requireAppId(appId);
  const { position, state } = await rosters.handle(appId, { type: 'RenameApp', name, url: url ?? null }, run);
  return { appId, position: position ?? state.namePosition };
}

type ChangeUserRoleInput = InApp<Pick<ChangeUserRole, 'userId' | 'role'>> & { readonly reason?: string | null };

/** Changes what a member may do. */
export async function changeUserRole({ rosters }: CommandPorts, { appId, userId, role, reason }: ChangeUserRoleInput, run: CommandRun): Promise<UserOutcome> {
  requireAppId(appId);
  const { position, state } = await rosters.handle(appId, { type: 'ChangeUserRole', userId, role, reason: reason ?? null }, run);
  return { appId, userId, position: position ?? state.users.get(userId)?.rolePosition ?? '' };
}

type AppointAdminInput = InApp<Pick<AppointAdmin, 'keapId' | 'reason'>> & { readonly name?: string | null };

/** Appoints an admin, who belongs to the first sign-in with the address unless they are an active user. */
export async function appointAdmin({ rosters, bindings }: CommandPorts, { appId, keapId, name, reason }: AppointAdminInput, run: CommandRun): Promise<UserOutcome> {
  requireAppId(appId);
  const boundPersonId = await bindings.ownerOf(normalizeKeapId(keapId));
  const newUserId = derivedId(run.commandId, 'user');
  const result = await rosters.handle(appId, { type: 'AppointAdmin', keapId, name: name ?? null, reason, boundPersonId, newUserId }, run);
  return writtenOutcome(appId, result.earlier?.userId ?? newUserId, result);
}

/** Gives a membership to the next sign-in with the address. */
export async function rebindUser({ rosters }: CommandPorts, { appId, userId, keapId, reason }: InApp<RebindUser>, run: CommandRun): Promise<UserOutcome> {
  requireAppId(appId);
  return writtenOutcome(appId, userId, await rosters.handle(appId, { type: 'RebindUser', userId, keapId, reason }, run));
}

/** The outcome for the user of the last event, or for `userId` where nothing had to be written. */
function writtenOutcome(appId: string, userId: string, { events, position, state }: RosterResult): UserOutcome {
  const written = events.at(-1)?.data;
  const concerned = written && 'userId' in written ? written.userId : userId;
  return { appId, userId: concerned, position: position ?? state.users.get(concerned)?.bindingPosition ?? '' };
}
