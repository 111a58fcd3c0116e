/** The local SQLite file that holds all read models, with their checkpoints. */
export class ReadModelDatabase {}
