/**
 * @generated SignedSource<<a1749fc80fc61f01ac0c9c2c8e0af164>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ReaderFragment } from 'relay-runtime';
export type UserKind = "PARTNER" | "USER";
export type UserRole = "ADMIN" | "STANDARD";
export type UserStatus = "ACTIVE" | "DECLINED" | "EXPIRED" | "INVITED" | "LEFT" | "REMOVED" | "REVOKED";
import { FragmentRefs } from "relay-runtime";
export type relayUserRow$data = {
  readonly assignedContactCount: number;
  readonly id: string;
  readonly keapId: string;
  readonly kind: UserKind;
  readonly name: string | null | undefined;
  readonly role: UserRole;
  readonly status: UserStatus;
  readonly userId: string;
  readonly " $fragmentType": "relayUserRow";
};
export type relayUserRow$key = {
  readonly " $data"?: relayUserRow$data;
  readonly " $fragmentSpreads": FragmentRefs<"relayUserRow">;
};

const node: ReaderFragment = {
  "argumentDefinitions": [],
  "kind": "Fragment",
  "metadata": null,
  "name": "relayUserRow",
  "selections": [
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "id",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "userId",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "keapId",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "name",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "kind",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "role",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "status",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "assignedContactCount",
      "storageKey": null
    }
  ],
  "type": "User",
  "abstractKey": null
};

(node as any).hash = "5d66a8accd0eb3fa794bb2d96174bd01";

export default node;
