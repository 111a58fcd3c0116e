/**
 * @generated SignedSource<<a0f1f780b5b03458566adca3bdb45614>>
 * @relayHash 36574544afa7525642e648c3ee4157c7
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 27331e6471c675540f13324f78fd1f6b63ec15450bb7ac2402295302ae5297cb

import { ConcreteRequest } from 'relay-runtime';
export type ErrorCode = "ALREADY_INVITED" | "ALREADY_MEMBER" | "APP_ID_TAKEN" | "APP_NOT_FOUND" | "ASSIGNEE_NOT_ACTIVE" | "CANNOT_INVITE_SELF" | "CANNOT_REVIEW_SELF" | "CONFIRMATION_MISMATCH" | "FORBIDDEN" | "HAS_ASSIGNED_CONTACTS" | "IDEMPOTENCY_KEY_REUSED" | "INVALID_INPUT" | "INVALID_KEAP_ID" | "INVITATION_ALREADY_ACCEPTED" | "INVITATION_DECLINED" | "INVITATION_EXPIRED" | "INVITATION_NOT_FOUND" | "INVITATION_REVOKED" | "LAST_ADMIN" | "LICENCES_IN_USE" | "LINK_SUPERSEDED" | "NOT_ACCEPTED_YET" | "NOT_A_KNOWN_PARTNER" | "NOT_A_MEMBER" | "NOT_A_PARTNER" | "NO_LICENCE_AVAILABLE" | "RATE_LIMITED" | "REVIEW_FINISHED" | "REVIEW_INCOMPLETE" | "REVIEW_NOT_FOUND" | "USER_NOT_FOUND" | "WRONG_RECIPIENT";
export type UserRole = "ADMIN" | "STANDARD";
export type AcceptInvitationInput = {
  appId?: string | null | undefined;
  idempotencyKey?: string | null | undefined;
  invitationId?: string | null | undefined;
  token?: string | null | undefined;
};
export type relayDeclineInvitationMutation$variables = {
  input: AcceptInvitationInput;
};
export type relayDeclineInvitationMutation$data = {
  readonly declineInvitation: {
    readonly __typename: "DeclineInvitationSuccess";
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
    readonly position: string;
  } | {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly message: string;
  } | {
    readonly __typename: "WrongRecipient";
    readonly maskedKeapId: string;
    readonly message: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relayDeclineInvitationMutation = {
  response: relayDeclineInvitationMutation$data;
  variables: relayDeclineInvitationMutation$variables;
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
  "name": "id",
  "storageKey": null
},
v2 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "appId",
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
    "name": "declineInvitation",
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
            "concreteType": "AccountCentral",
            "kind": "LinkedField",
            "name": "accountCentral",
            "plural": false,
            "selections": [
              (v1/*:: as any*/),
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
                      (v1/*:: as any*/),
                      (v2/*:: as any*/),
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
                  (v1/*:: as any*/),
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "invitationId",
                    "storageKey": null
                  },
                  (v2/*:: as any*/),
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
        "type": "DeclineInvitationSuccess",
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
            "name": "maskedKeapId",
            "storageKey": null
          }
        ],
        "type": "WrongRecipient",
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
    "name": "relayDeclineInvitationMutation",
    "selections": (v5/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayDeclineInvitationMutation",
    "selections": (v5/*:: as any*/)
  },
  "params": {
    "cacheID": "36574544afa7525642e648c3ee4157c7",
    "id": "27331e6471c675540f13324f78fd1f6b63ec15450bb7ac2402295302ae5297cb",
    "metadata": {},
    "name": "relayDeclineInvitationMutation",
    "operationKind": "mutation",
    "text": "mutation relayDeclineInvitationMutation(\n  $input: AcceptInvitationInput!\n) {\n  declineInvitation(input: $input) {\n    __typename\n    ... on DeclineInvitationSuccess {\n      position\n      accountCentral {\n        id\n        accounts(first: 200) {\n          nodes {\n            id\n            appId\n            label\n            role\n            canLeave\n          }\n        }\n        invitations {\n          id\n          invitationId\n          appId\n          accountName\n          role\n        }\n      }\n    }\n    ... on WrongRecipient {\n      message\n      maskedKeapId\n    }\n    ... on Rejection {\n      message\n      code\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "e68181b5c31e9d46128053d58382ad7b";

export default node;
