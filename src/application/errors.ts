import { StoreUnavailable } from '../eventstore/eventStore';

/** A read of an auditor cannot be recorded, because the store cannot be reached, so it is not answered. */
export class ReadNotRecorded extends StoreUnavailable {
  constructor(options: ErrorOptions) {
    super('The read of an auditor could not be recorded', options);
  }
}

/** The read models lag too far behind the log to answer. The client may send the same request again. */
export class ProjectionBehind extends Error {
  override readonly name: string = 'ProjectionBehind';
}

/** The read models that a request needs are still being filled from the log, while others answer already. Clients see the message. */
export class ProjectionFilling extends ProjectionBehind {
  override readonly name = 'ProjectionFilling';
}
