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

const namesOf = (...projections: readonly Projection[]): readonly string[] => projections.map(({ name }) => name);

/** Names of the projections that another thread fills beside the others, before the service answers: about half of the work. */
export const filledBeside: readonly string[] = namesOf(userListProjection);

/** Names of the projections that other threads fill while the service answers already, one list for each thread: the history, and the messages to send. */
export const filledBehind: readonly (readonly string[])[] = [namesOf(membershipEventsProjection, administrativeEventsProjection), namesOf(periodsOfAccessProjection, mailToDoProjection)];
