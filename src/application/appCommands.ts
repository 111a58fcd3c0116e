import { appNotFound } from '../domain/roster/rosterGuards';
import { isAppId } from '../domain/fieldRules';
import { normalizeKeapId } from '../domain/keapId';
import type { CommandPorts, CommandSettings } from './commandPorts';
import { derivedId, type CommandRun } from './commandRun';
import type { ChangeUserRoleInput, CommandOutcome, RegisterAppInput, SetLicencesInput, UserOutcome } from './commandTypes';

/** @throws DomainError `APP_NOT_FOUND` for what cannot be an app's id: there is no such app. */
export function requireAppId(appId: string): void {
  if (!isAppId(appId)) throw appNotFound(appId);
}

/** Registers an app with its owner. */
export async function registerApp({ rosters, bindings }: CommandPorts, settings: CommandSettings, input: RegisterAppInput, run: CommandRun): Promise<UserOutcome> {
  const { appId, name, licences, ownerKeapId } = input;
  const newUserId = derivedId(run.commandId, 'user');
  const boundPersonId = await bindings.ownerOf(normalizeKeapId(ownerKeapId));
  // What cannot be an app's id is refused for that, whatever its address would be.
  const url = input.url ?? settings.appUrlTemplate.replaceAll('{appId}', isAppId(appId) ? appId : '');
  const { position, earlier, state } = await rosters.handle(
    appId,
    { type: 'RegisterApp', appId, name, url, licences, ownerKeapId, ownerName: input.ownerName ?? null, newUserId, boundPersonId },
    run,
  );
  return { appId, userId: earlier?.userId ?? newUserId, position: position ?? state.registeredPosition };
}

/** Sets how many users an app may have. */
export async function setLicences({ rosters }: CommandPorts, { appId, licences }: SetLicencesInput, run: CommandRun): Promise<CommandOutcome> {
  requireAppId(appId);
  const { position, state } = await rosters.handle(appId, { type: 'SetLicences', licences }, run);
  return { appId, position: position ?? state.licencesPosition };
}

/** Changes what a member may do. */
export async function changeUserRole({ rosters }: CommandPorts, { appId, userId, role }: ChangeUserRoleInput, run: CommandRun): Promise<UserOutcome> {
  requireAppId(appId);
  const { position, state } = await rosters.handle(appId, { type: 'ChangeUserRole', userId, role }, run);
  return { appId, userId, position: position ?? state.users.get(userId)?.rolePosition ?? '' };
}
