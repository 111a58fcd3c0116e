import { accessReviewsProjection } from './accessReviews/projection';
import { accountCentralProjection } from './accountCentral/projection';
import { administrativeEventsProjection } from './administrativeEvents/projection';
import { assignedContactsProjection } from './assignedContacts/projection';
import { keapIdBindingsProjection } from './keapIdBindings/projection';
import { importsProjection } from './imports/projection';
import { mailToDoProjection } from './mailToDo/projection';
import { membershipEventsProjection } from './membershipEvents/projection';
import { periodsOfAccessProjection } from './periodsOfAccess/projection';
import type { Projection } from './engine/projection';
import { userListProjection } from './userList/projection';
import { webhooksProjection } from './webhooks/projection';

/** Every projection whose tables `readModelsOver` reads. */
export const readModelProjections: readonly Projection[] = [userListProjection, accountCentralProjection, assignedContactsProjection, keapIdBindingsProjection, importsProjection, accessReviewsProjection];

/** Every projection of the live service. Read models of the past need neither the history index nor anything to send. */
export const liveProjections: readonly Projection[] = [...readModelProjections, membershipEventsProjection, administrativeEventsProjection, periodsOfAccessProjection, mailToDoProjection, webhooksProjection];

/** The projections of the live service that another thread fills, where there is one: about half of the work. */
export const projectionsFilledBeside: readonly Projection[] = [membershipEventsProjection, administrativeEventsProjection, periodsOfAccessProjection, mailToDoProjection];
