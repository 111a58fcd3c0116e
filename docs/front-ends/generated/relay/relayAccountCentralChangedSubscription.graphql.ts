/**
 * @generated SignedSource<<cb7b762d10b94c85f958f70e39761033>>
 * @relayHash ca4dded08146b2c55e7982036faadb61
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 276f93bdf91297d12acfaa556c59d6ecaf1a1adaca024bb25f843f8905e81a0c

import { ConcreteRequest } from 'relay-runtime';
export type UserRole = "ADMIN" | "STANDARD";
export type relayAccountCentralChangedSubscription$variables = Record<PropertyKey, never>;
export type relayAccountCentralChangedSubscription$data = {
  readonly accountCentralChanged: {
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
  };
};
export type relayAccountCentralChangedSubscription = {
  response: relayAccountCentralChangedSubscription$data;
  variables: relayAccountCentralChangedSubscription$variables;
};

const node: ConcreteRequest = (function(){
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
},
v3 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "AccountCentral",
    "kind": "LinkedField",
    "name": "accountCentralChanged",
    "plural": false,
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
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayAccountCentralChangedSubscription",
    "selections": (v3/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayAccountCentralChangedSubscription",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "ca4dded08146b2c55e7982036faadb61",
    "id": "276f93bdf91297d12acfaa556c59d6ecaf1a1adaca024bb25f843f8905e81a0c",
    "metadata": {},
    "name": "relayAccountCentralChangedSubscription",
    "operationKind": "subscription",
    "text": "subscription relayAccountCentralChangedSubscription {\n  accountCentralChanged {\n    id\n    accounts(first: 200) {\n      nodes {\n        id\n        appId\n        label\n        role\n        canLeave\n      }\n    }\n    invitations {\n      id\n      invitationId\n      appId\n      accountName\n      role\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "77c16d51b5eee8c01f49f7533a46f773";

export default node;
