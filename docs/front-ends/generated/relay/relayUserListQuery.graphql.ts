/**
 * @generated SignedSource<<5ce6bb2132e66aeecd71ab6e6b5bbd2d>>
 * @relayHash 3af1ea6c3101f670fd106a6da16fb9ec
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 3b3ff321a58193fa96e28ea22da6ba1b0be1ede1a9566ab4b22b125ad7267b34

import { ConcreteRequest } from 'relay-runtime';
export type UserKind = "PARTNER" | "USER";
export type UserRole = "ADMIN" | "STANDARD";
export type UserStatus = "ACTIVE" | "DECLINED" | "EXPIRED" | "INVITED" | "LEFT" | "REMOVED" | "REVOKED";
export type AsOf = {
  position?: string | null | undefined;
  time?: string | null | undefined;
};
export type relayUserListQuery$variables = {
  after?: string | null | undefined;
  appId: string;
  asOf?: AsOf | null | undefined;
  first: number;
};
export type relayUserListQuery$data = {
  readonly app: {
    readonly accountName: string;
    readonly id: string;
    readonly users: {
      readonly edges: ReadonlyArray<{
        readonly cursor: string;
        readonly node: {
          readonly assignedContactCount: number;
          readonly id: string;
          readonly keapId: string;
          readonly kind: UserKind;
          readonly name: string | null | undefined;
          readonly role: UserRole;
          readonly status: UserStatus;
          readonly userId: string;
        };
      }>;
      readonly pageInfo: {
        readonly endCursor: string | null | undefined;
        readonly hasNextPage: boolean;
      };
    };
  } | null | undefined;
};
export type relayUserListQuery = {
  response: relayUserListQuery$data;
  variables: relayUserListQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "after"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "appId"
},
v2 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "asOf"
},
v3 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "first"
},
v4 = [
  {
    "kind": "Variable",
    "name": "appId",
    "variableName": "appId"
  },
  {
    "kind": "Variable",
    "name": "asOf",
    "variableName": "asOf"
  }
],
v5 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "id",
  "storageKey": null
},
v6 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "accountName",
  "storageKey": null
},
v7 = {
  "kind": "Literal",
  "name": "orderBy",
  "value": {
    "direction": "ASC",
    "field": "KEAP_ID"
  }
},
v8 = [
  {
    "alias": null,
    "args": null,
    "concreteType": "UserEdge",
    "kind": "LinkedField",
    "name": "edges",
    "plural": true,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "cursor",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "concreteType": "User",
        "kind": "LinkedField",
        "name": "node",
        "plural": false,
        "selections": [
          (v5/*:: as any*/),
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
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "__typename",
            "storageKey": null
          }
        ],
        "storageKey": null
      }
    ],
    "storageKey": null
  },
  {
    "alias": null,
    "args": null,
    "concreteType": "PageInfo",
    "kind": "LinkedField",
    "name": "pageInfo",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "hasNextPage",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "endCursor",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
],
v9 = [
  {
    "kind": "Variable",
    "name": "after",
    "variableName": "after"
  },
  {
    "kind": "Variable",
    "name": "first",
    "variableName": "first"
  },
  (v7/*:: as any*/)
];
return {
  "fragment": {
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/),
      (v2/*:: as any*/),
      (v3/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "relayUserListQuery",
    "selections": [
      {
        "alias": null,
        "args": (v4/*:: as any*/),
        "concreteType": "App",
        "kind": "LinkedField",
        "name": "app",
        "plural": false,
        "selections": [
          (v5/*:: as any*/),
          (v6/*:: as any*/),
          {
            "alias": "users",
            "args": [
              (v7/*:: as any*/)
            ],
            "concreteType": "UserConnection",
            "kind": "LinkedField",
            "name": "__relay_users_connection",
            "plural": false,
            "selections": (v8/*:: as any*/),
            "storageKey": "__relay_users_connection(orderBy:{\"direction\":\"ASC\",\"field\":\"KEAP_ID\"})"
          }
        ],
        "storageKey": null
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v2/*:: as any*/),
      (v3/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "relayUserListQuery",
    "selections": [
      {
        "alias": null,
        "args": (v4/*:: as any*/),
        "concreteType": "App",
        "kind": "LinkedField",
        "name": "app",
        "plural": false,
        "selections": [
          (v5/*:: as any*/),
          (v6/*:: as any*/),
          {
            "alias": null,
            "args": (v9/*:: as any*/),
            "concreteType": "UserConnection",
            "kind": "LinkedField",
            "name": "users",
            "plural": false,
            "selections": (v8/*:: as any*/),
            "storageKey": null
          },
          {
            "alias": null,
            "args": (v9/*:: as any*/),
            "filters": [
              "orderBy"
            ],
            "handle": "connection",
            "key": "relay_users",
            "kind": "LinkedHandle",
            "name": "users"
          }
        ],
        "storageKey": null
      }
    ]
  },
  "params": {
    "cacheID": "3af1ea6c3101f670fd106a6da16fb9ec",
    "id": "3b3ff321a58193fa96e28ea22da6ba1b0be1ede1a9566ab4b22b125ad7267b34",
    "metadata": {
      "connection": [
        {
          "count": "first",
          "cursor": "after",
          "direction": "forward",
          "path": [
            "app",
            "users"
          ]
        }
      ]
    },
    "name": "relayUserListQuery",
    "operationKind": "query",
    "text": "query relayUserListQuery(\n  $appId: ID!\n  $asOf: AsOf\n  $first: Int!\n  $after: String\n) {\n  app(appId: $appId, asOf: $asOf) {\n    id\n    accountName\n    users(first: $first, after: $after, orderBy: {field: KEAP_ID, direction: ASC}) {\n      edges {\n        cursor\n        node {\n          id\n          userId\n          keapId\n          name\n          kind\n          role\n          status\n          assignedContactCount\n          __typename\n        }\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "32360924e6f564921bd5e10c9a64a45e";

export default node;
