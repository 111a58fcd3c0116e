/**
 * @generated SignedSource<<9afd53b49ad75bbad8de1ad0519db5dc>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ReaderFragment } from 'relay-runtime';
export type UserRole = "ADMIN" | "STANDARD";
import { FragmentRefs } from "relay-runtime";
export type relayCentralView$data = {
  readonly accounts: {
    readonly nodes: ReadonlyArray<{
      readonly appId: string;
      readonly canLeave: boolean;
      readonly id: string;
      readonly label: string;
      readonly role: UserRole;
    }>;
  };
  readonly id: string;
  readonly invitations: ReadonlyArray<{
    readonly accountName: string;
    readonly appId: string;
    readonly id: string;
    readonly invitationId: string;
    readonly role: UserRole;
  }>;
  readonly " $fragmentType": "relayCentralView";
};
export type relayCentralView$key = {
  readonly " $data"?: relayCentralView$data;
  readonly " $fragmentSpreads": FragmentRefs<"relayCentralView">;
};

const node: ReaderFragment = (function(){
var v0 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v1 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "appId",
  "storageKey": null
},
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "role",
  "storageKey": null
};
return {
  "argumentDefinitions": [],
  "kind": "Fragment",
  "metadata": null,
  "name": "relayCentralView",
  "selections": [
    (v0/*:: as any*/),
    {
      "alias": null,
      "args": [
        {
          "kind": "Literal",
          "name": "first",
          "value": 200
        }
      ],
      "concreteType": "AccountConnection",
      "kind": "LinkedField",
      "name": "accounts",
      "plural": false,
      "selections": [
        {
          "alias": null,
          "args": null,
          "concreteType": "Account",
          "kind": "LinkedField",
          "name": "nodes",
          "plural": true,
          "selections": [
            (v0/*:: as any*/),
            (v1/*:: as any*/),
            {
              "alias": null,
              "args": null,
              "kind": "ScalarField",
              "name": "label",
              "storageKey": null
            },
            (v2/*:: as any*/),
            {
              "alias": null,
              "args": null,
              "kind": "ScalarField",
              "name": "canLeave",
              "storageKey": null
            }
          ],
          "storageKey": null
        }
      ],
      "storageKey": "accounts(first:200)"
    },
    {
      "alias": null,
      "args": null,
      "concreteType": "ReceivedInvitation",
      "kind": "LinkedField",
      "name": "invitations",
      "plural": true,
      "selections": [
        (v0/*:: as any*/),
        {
          "alias": null,
          "args": null,
          "kind": "ScalarField",
          "name": "invitationId",
          "storageKey": null
        },
        (v1/*:: as any*/),
        {
          "alias": null,
          "args": null,
          "kind": "ScalarField",
          "name": "accountName",
          "storageKey": null
        },
        (v2/*:: as any*/)
      ],
      "storageKey": null
    }
  ],
  "type": "AccountCentral",
  "abstractKey": null
};
})();

(node as any).hash = "4d39e45c5b8d03407368238f31aee2a0";

export default node;
