/** A signed-in person in an app. */
export interface PersonInAppKey {
  readonly appId: string;
  readonly personId: string;
}

export interface PersonInAppRow extends PersonInAppKey {
  readonly keapId: string;
  readonly name: string | null;
}
