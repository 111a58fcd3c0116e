/**
 * @generated SignedSource<<6068026d962b6f727cf63ebd65394eb4>>
 * @relayHash f796d6e75326c17c2722c72665327acd
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 7bcfea6df87e5af06b8e71c3bdd79892df048c220f9e28d3e21b2b85744005e0

import { ConcreteRequest } from 'relay-runtime';
export type ErrorCode = "ALREADY_INVITED" | "ALREADY_MEMBER" | "APP_ID_TAKEN" | "APP_NOT_FOUND" | "ASSIGNEE_NOT_ACTIVE" | "CANNOT_INVITE_SELF" | "CANNOT_REVIEW_SELF" | "CONFIRMATION_MISMATCH" | "FORBIDDEN" | "HAS_ASSIGNED_CONTACTS" | "IDEMPOTENCY_KEY_REUSED" | "INVALID_INPUT" | "INVALID_KEAP_ID" | "INVITATION_ALREADY_ACCEPTED" | "INVITATION_DECLINED" | "INVITATION_EXPIRED" | "INVITATION_NOT_FOUND" | "INVITATION_REVOKED" | "LAST_ADMIN" | "LICENCES_IN_USE" | "LINK_SUPERSEDED" | "NOT_ACCEPTED_YET" | "NOT_A_KNOWN_PARTNER" | "NOT_A_MEMBER" | "NOT_A_PARTNER" | "NO_LICENCE_AVAILABLE" | "RATE_LIMITED" | "REVIEW_FINISHED" | "REVIEW_INCOMPLETE" | "REVIEW_NOT_FOUND" | "USER_NOT_FOUND" | "WRONG_RECIPIENT";
export type UserRole = "ADMIN" | "STANDARD";
export type LeaveAppInput = {
  appId: string;
  confirmAppId: string;
  idempotencyKey?: string | null | undefined;
};
export type relayLeaveAppMutation$variables = {
  input: LeaveAppInput;
};
export type relayLeaveAppMutation$data = {
  readonly leaveApp: {
    readonly __typename: "HasAssignedContacts";
    readonly count: number;
    readonly message: string;
    readonly sample: ReadonlyArray<string>;
  } | {
    readonly __typename: "LeaveAppSuccess";
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
    readonly appId: string;
    readonly position: string;
  } | {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relayLeaveAppMutation = {
  response: relayLeaveAppMutation$data;
  variables: relayLeaveAppMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
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
  "name": "id",
  "storageKey": null
},
v3 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "role",
  "storageKey": null
},
v4 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "message",
  "storageKey": null
},
v5 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "leaveApp",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "__typename",
        "storageKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "position",
            "storageKey": null
          },
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "concreteType": "AccountCentral",
            "kind": "LinkedField",
            "name": "accountCentral",
            "plural": false,
            "selections": [
              (v2/*:: as any*/),
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
                      (v2/*:: as any*/),
                      (v1/*:: as any*/),
                      {
                        "alias": null,
                        "args": null,
                        "kind": "ScalarField",
                        "name": "label",
                        "storageKey": null
                      },
                      (v3/*:: as any*/),
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
                  (v2/*:: as any*/),
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
                  (v3/*:: as any*/)
                ],
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "type": "LeaveAppSuccess",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v4/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "count",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "sample",
            "storageKey": null
          }
        ],
        "type": "HasAssignedContacts",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v4/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "code",
            "storageKey": null
          }
        ],
        "type": "Rejection",
        "abstractKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayLeaveAppMutation",
    "selections": (v5/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayLeaveAppMutation",
    "selections": (v5/*:: as any*/)
  },
  "params": {
    "cacheID": "f796d6e75326c17c2722c72665327acd",
    "id": "7bcfea6df87e5af06b8e71c3bdd79892df048c220f9e28d3e21b2b85744005e0",
    "metadata": {},
    "name": "relayLeaveAppMutation",
    "operationKind": "mutation",
    "text": "mutation relayLeaveAppMutation(\n  $input: LeaveAppInput!\n) {\n  leaveApp(input: $input) {\n    __typename\n    ... on LeaveAppSuccess {\n      position\n      appId\n      accountCentral {\n        id\n        accounts(first: 200) {\n          nodes {\n            id\n            appId\n            label\n            role\n            canLeave\n          }\n        }\n        invitations {\n          id\n          invitationId\n          appId\n          accountName\n          role\n        }\n      }\n    }\n    ... on HasAssignedContacts {\n      message\n      count\n      sample\n    }\n    ... on Rejection {\n      message\n      code\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "1c84b067a0f569d25644746c5085cf54";

export default node;
