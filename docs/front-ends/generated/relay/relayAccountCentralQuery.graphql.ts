/**
 * @generated SignedSource<<83cdbc92c102ecdbb3531ea55522b8aa>>
 * @relayHash e63c2a4d061601b0e4d11680e488bad1
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 0e21d350ea0df66c19dfc16f72384d9568c3e912b2b3e6d1c51c71dad4a33920

import { ConcreteRequest } from 'relay-runtime';
export type UserRole = "ADMIN" | "STANDARD";
export type relayAccountCentralQuery$variables = Record<PropertyKey, never>;
export type relayAccountCentralQuery$data = {
  readonly accountCentral: {
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
export type relayAccountCentralQuery = {
  response: relayAccountCentralQuery$data;
  variables: relayAccountCentralQuery$variables;
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
    "name": "accountCentral",
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
    "name": "relayAccountCentralQuery",
    "selections": (v3/*:: as any*/),
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [],
    "kind": "Operation",
    "name": "relayAccountCentralQuery",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "e63c2a4d061601b0e4d11680e488bad1",
    "id": "0e21d350ea0df66c19dfc16f72384d9568c3e912b2b3e6d1c51c71dad4a33920",
    "metadata": {},
    "name": "relayAccountCentralQuery",
    "operationKind": "query",
    "text": "query relayAccountCentralQuery {\n  accountCentral {\n    id\n    accounts(first: 200) {\n      nodes {\n        id\n        appId\n        label\n        role\n        canLeave\n      }\n    }\n    invitations {\n      id\n      invitationId\n      appId\n      accountName\n      role\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "b5b7109cd3cab5d9e00d54617c5c8615";

export default node;
