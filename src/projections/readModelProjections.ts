import { accountCentralProjection } from './accountCentralProjection';
import { assignedContactsProjection } from './assignedContactsProjection';
import { keapIdBindingsProjection } from './keapIdBindingsProjection';
import { mailToDoProjection } from './mailToDoProjection';
import { membershipEventsProjection } from './membershipEventsProjection';
import type { Projection } from './projection';
import { userListProjection } from './userListProjection';
import { webhooksProjection } from './webhooksProjection';

/** Every projection that `readModelsOver` reads the tables of. */
export const readModelProjections: readonly Projection[] = [userListProjection, accountCentralProjection, assignedContactsProjection, keapIdBindingsProjection];

/** Every projection of the live service: the past has its history in the log, bounded by its moment, and nothing to send. */
export const liveProjections: readonly Projection[] = [...readModelProjections, membershipEventsProjection, mailToDoProjection, webhooksProjection];
