/**
 * @generated SignedSource<<10a535c5326d8870a893e3b9757b46c0>>
 * @relayHash 72baea94a5db562b8b74135171231eb0
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 68f6821d91239d999400610792ff3448bac88f1296308cc6f6dcb98b9c48c1bc

import { ConcreteRequest } from 'relay-runtime';
export type ErrorCode = "ALREADY_INVITED" | "ALREADY_MEMBER" | "APP_ID_TAKEN" | "APP_NOT_FOUND" | "ASSIGNEE_NOT_ACTIVE" | "CANNOT_INVITE_SELF" | "CANNOT_REVIEW_SELF" | "CONFIRMATION_MISMATCH" | "FORBIDDEN" | "HAS_ASSIGNED_CONTACTS" | "IDEMPOTENCY_KEY_REUSED" | "INVALID_INPUT" | "INVALID_KEAP_ID" | "INVITATION_ALREADY_ACCEPTED" | "INVITATION_DECLINED" | "INVITATION_EXPIRED" | "INVITATION_NOT_FOUND" | "INVITATION_REVOKED" | "LAST_ADMIN" | "LICENCES_IN_USE" | "LINK_SUPERSEDED" | "NOT_ACCEPTED_YET" | "NOT_A_KNOWN_PARTNER" | "NOT_A_MEMBER" | "NOT_A_PARTNER" | "NO_LICENCE_AVAILABLE" | "RATE_LIMITED" | "REVIEW_FINISHED" | "REVIEW_INCOMPLETE" | "REVIEW_NOT_FOUND" | "USER_NOT_FOUND" | "WRONG_RECIPIENT";
export type UserKind = "PARTNER" | "USER";
export type UserRole = "ADMIN" | "STANDARD";
export type UserStatus = "ACTIVE" | "DECLINED" | "EXPIRED" | "INVITED" | "LEFT" | "REMOVED" | "REVOKED";
export type InvitePartnerInput = {
  appId: string;
  idempotencyKey?: string | null | undefined;
  keapId: string;
  name?: string | null | undefined;
  reason?: string | null | undefined;
  role: UserRole;
};
export type relayInvitePartnerMutation$variables = {
  input: InvitePartnerInput;
};
export type relayInvitePartnerMutation$data = {
  readonly invitePartner: {
    readonly __typename: "AlreadyInvited";
    readonly expiresAt: string;
    readonly message: string;
  } | {
    readonly __typename: "InvitePartnerSuccess";
    readonly position: string;
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
    readonly __typename: "RateLimited";
    readonly message: string;
    readonly retryAfterSeconds: number;
  } | {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly field: string | null | undefined;
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relayInvitePartnerMutation = {
  response: relayInvitePartnerMutation$data;
  variables: relayInvitePartnerMutation$variables;
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
  "name": "message",
  "storageKey": null
},
v2 = [
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
    "name": "invitePartner",
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
            "storageKey": null
          }
        ],
        "type": "InvitePartnerSuccess",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "expiresAt",
            "storageKey": null
          }
        ],
        "type": "AlreadyInvited",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "retryAfterSeconds",
            "storageKey": null
          }
        ],
        "type": "RateLimited",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          (v1/*:: as any*/),
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "code",
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "field",
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
    "name": "relayInvitePartnerMutation",
    "selections": (v2/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayInvitePartnerMutation",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "72baea94a5db562b8b74135171231eb0",
    "id": "68f6821d91239d999400610792ff3448bac88f1296308cc6f6dcb98b9c48c1bc",
    "metadata": {},
    "name": "relayInvitePartnerMutation",
    "operationKind": "mutation",
    "text": "mutation relayInvitePartnerMutation(\n  $input: InvitePartnerInput!\n) {\n  invitePartner(input: $input) {\n    __typename\n    ... on InvitePartnerSuccess {\n      position\n      user {\n        id\n        userId\n        keapId\n        name\n        kind\n        role\n        status\n        assignedContactCount\n      }\n    }\n    ... on AlreadyInvited {\n      message\n      expiresAt\n    }\n    ... on RateLimited {\n      message\n      retryAfterSeconds\n    }\n    ... on Rejection {\n      message\n      code\n      field\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "c75b215607818435c926a72e6d98ef4e";

export default node;
