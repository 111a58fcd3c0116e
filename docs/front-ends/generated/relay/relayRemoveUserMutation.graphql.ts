/**
 * @generated SignedSource<<984ccb51af7a33ef7b859db47e123631>>
 * @relayHash 16de5c2547f4625a48eedb5c37e90f10
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 673b31cadb3b9c8f4fa687fed5fbda0374c7d18bc8b2678bdcc7eb3eb7e58a51

import { ConcreteRequest } from 'relay-runtime';
export type ErrorCode = "ALREADY_INVITED" | "ALREADY_MEMBER" | "APP_ID_TAKEN" | "APP_NOT_FOUND" | "ASSIGNEE_NOT_ACTIVE" | "CANNOT_INVITE_SELF" | "CANNOT_REVIEW_SELF" | "CONFIRMATION_MISMATCH" | "FORBIDDEN" | "HAS_ASSIGNED_CONTACTS" | "IDEMPOTENCY_KEY_REUSED" | "INVALID_INPUT" | "INVALID_KEAP_ID" | "INVITATION_ALREADY_ACCEPTED" | "INVITATION_DECLINED" | "INVITATION_EXPIRED" | "INVITATION_NOT_FOUND" | "INVITATION_REVOKED" | "LAST_ADMIN" | "LICENCES_IN_USE" | "LINK_SUPERSEDED" | "NOT_ACCEPTED_YET" | "NOT_A_KNOWN_PARTNER" | "NOT_A_MEMBER" | "NOT_A_PARTNER" | "NO_LICENCE_AVAILABLE" | "RATE_LIMITED" | "REVIEW_FINISHED" | "REVIEW_INCOMPLETE" | "REVIEW_NOT_FOUND" | "USER_NOT_FOUND" | "WRONG_RECIPIENT";
export type UserKind = "PARTNER" | "USER";
export type UserRole = "ADMIN" | "STANDARD";
export type UserStatus = "ACTIVE" | "DECLINED" | "EXPIRED" | "INVITED" | "LEFT" | "REMOVED" | "REVOKED";
export type RemoveUserInput = {
  appId: string;
  idempotencyKey?: string | null | undefined;
  reason?: string | null | undefined;
  reassignContactsTo?: string | null | undefined;
  userId: string;
};
export type relayRemoveUserMutation$variables = {
  input: RemoveUserInput;
};
export type relayRemoveUserMutation$data = {
  readonly removeUser: {
    readonly __typename: "HasAssignedContacts";
    readonly count: number;
    readonly message: string;
    readonly sample: ReadonlyArray<string>;
  } | {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly message: string;
  } | {
    readonly __typename: "RemoveUserSuccess";
    readonly position: string;
    readonly reassignedTo: {
      readonly assignedContactCount: number;
      readonly id: string;
      readonly keapId: string;
      readonly kind: UserKind;
      readonly name: string | null | undefined;
      readonly role: UserRole;
      readonly status: UserStatus;
      readonly userId: string;
    } | null | undefined;
    readonly user: {
      readonly assignedContactCount: number;
      readonly id: string;
      readonly keapId: string;
      readonly kind: UserKind;
      readonly name: string | null | undefined;
      readonly role: UserRole;
      readonly status: UserStatus;
      readonly userId: string;
    };
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relayRemoveUserMutation = {
  response: relayRemoveUserMutation$data;
  variables: relayRemoveUserMutation$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "input"
  }
],
v1 = [
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
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "message",
  "storageKey": null
},
v3 = [
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
    "name": "removeUser",
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
          {
            "alias": null,
            "args": null,
            "concreteType": "User",
            "kind": "LinkedField",
            "name": "user",
            "plural": false,
            "selections": (v1/*:: as any*/),
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "User",
            "kind": "LinkedField",
            "name": "reassignedTo",
            "plural": false,
            "selections": (v1/*:: as any*/),
            "storageKey": null
          }
        ],
        "type": "RemoveUserSuccess",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v2/*:: as any*/),
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
          (v2/*:: as any*/),
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
    "name": "relayRemoveUserMutation",
    "selections": (v3/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayRemoveUserMutation",
    "selections": (v3/*:: as any*/)
  },
  "params": {
    "cacheID": "16de5c2547f4625a48eedb5c37e90f10",
    "id": "673b31cadb3b9c8f4fa687fed5fbda0374c7d18bc8b2678bdcc7eb3eb7e58a51",
    "metadata": {},
    "name": "relayRemoveUserMutation",
    "operationKind": "mutation",
    "text": "mutation relayRemoveUserMutation(\n  $input: RemoveUserInput!\n) {\n  removeUser(input: $input) {\n    __typename\n    ... on RemoveUserSuccess {\n      position\n      user {\n        id\n        userId\n        keapId\n        name\n        kind\n        role\n        status\n        assignedContactCount\n      }\n      reassignedTo {\n        id\n        userId\n        keapId\n        name\n        kind\n        role\n        status\n        assignedContactCount\n      }\n    }\n    ... on HasAssignedContacts {\n      message\n      count\n      sample\n    }\n    ... on Rejection {\n      message\n      code\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "075004209900913252f4c1efaeaf55b9";

export default node;
