import { accountCentralProjection } from './accountCentralProjection';
import { assignedContactsProjection } from './assignedContactsProjection';
import { keapIdBindingsProjection } from './keapIdBindingsProjection';
import type { Projection } from './projection';
import { userListProjection } from './userListProjection';

/** Every projection that `readModelsOver` reads the tables of. */
export const readModelProjections: readonly Projection[] = [userListProjection, accountCentralProjection, assignedContactsProjection, keapIdBindingsProjection];
