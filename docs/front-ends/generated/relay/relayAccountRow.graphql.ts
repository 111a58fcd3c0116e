/**
 * @generated SignedSource<<606b06e0d90bb3a66da2ed70dfb38c95>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ReaderFragment } from 'relay-runtime';
export type UserRole = "ADMIN" | "STANDARD";
import { FragmentRefs } from "relay-runtime";
export type relayAccountRow$data = {
  readonly appId: string;
  readonly canLeave: boolean;
  readonly id: string;
  readonly label: string;
  readonly role: UserRole;
  readonly " $fragmentType": "relayAccountRow";
};
export type relayAccountRow$key = {
  readonly " $data"?: relayAccountRow$data;
  readonly " $fragmentSpreads": FragmentRefs<"relayAccountRow">;
};

const node: ReaderFragment = {
  "argumentDefinitions": [],
  "kind": "Fragment",
  "metadata": null,
  "name": "relayAccountRow",
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
      "name": "appId",
      "storageKey": null
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "label",
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
      "name": "canLeave",
      "storageKey": null
    }
  ],
  "type": "Account",
  "abstractKey": null
};

(node as any).hash = "be90fee6f84cb74e784739a4c94b971f";

export default node;
