/**
 * @generated SignedSource<<2c7cb69af73afdcc17498ae6bbbc19bd>>
 * @relayHash 06e50772202383a0e561388b17cd09bb
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID 46c53fd351d5815fb3d46d976a964ea8146fed9ab02ecc43dc83fdaa95a149f5

import { ConcreteRequest } from 'relay-runtime';
export type ErrorCode = "ALREADY_INVITED" | "ALREADY_MEMBER" | "APP_ID_TAKEN" | "APP_NOT_FOUND" | "ASSIGNEE_NOT_ACTIVE" | "CANNOT_INVITE_SELF" | "CANNOT_REVIEW_SELF" | "CONFIRMATION_MISMATCH" | "FORBIDDEN" | "HAS_ASSIGNED_CONTACTS" | "IDEMPOTENCY_KEY_REUSED" | "INVALID_INPUT" | "INVALID_KEAP_ID" | "INVITATION_ALREADY_ACCEPTED" | "INVITATION_DECLINED" | "INVITATION_EXPIRED" | "INVITATION_NOT_FOUND" | "INVITATION_REVOKED" | "LAST_ADMIN" | "LICENCES_IN_USE" | "LINK_SUPERSEDED" | "NOT_ACCEPTED_YET" | "NOT_A_KNOWN_PARTNER" | "NOT_A_MEMBER" | "NOT_A_PARTNER" | "NO_LICENCE_AVAILABLE" | "RATE_LIMITED" | "REVIEW_FINISHED" | "REVIEW_INCOMPLETE" | "REVIEW_NOT_FOUND" | "USER_NOT_FOUND" | "WRONG_RECIPIENT";
export type SetAccountLabelInput = {
  appId: string;
  idempotencyKey?: string | null | undefined;
  label: string;
};
export type relaySetAccountLabelMutation$variables = {
  input: SetAccountLabelInput;
};
export type relaySetAccountLabelMutation$data = {
  readonly setAccountLabel: {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly message: string;
  } | {
    readonly __typename: "SetAccountLabelSuccess";
    readonly account: {
      readonly id: string;
      readonly label: string;
    };
    readonly position: string;
  } | {
    // This will never be '%other', but we need some
    // value in case none of the concrete values match.
    readonly __typename: "%other";
  };
};
export type relaySetAccountLabelMutation$rawResponse = {
  readonly setAccountLabel: {
    readonly __typename: "Rejection";
    readonly code: ErrorCode;
    readonly message: string;
  } | {
    readonly __typename: "SetAccountLabelSuccess";
    readonly account: {
      readonly id: string;
      readonly label: string;
    };
    readonly position: string;
  } | {
    readonly __typename: string;
  };
};
export type relaySetAccountLabelMutation = {
  rawResponse: relaySetAccountLabelMutation$rawResponse;
  response: relaySetAccountLabelMutation$data;
  variables: relaySetAccountLabelMutation$variables;
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
    "args": [
      {
        "kind": "Variable",
        "name": "input",
        "variableName": "input"
      }
    ],
    "concreteType": null,
    "kind": "LinkedField",
    "name": "setAccountLabel",
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
            "concreteType": "Account",
            "kind": "LinkedField",
            "name": "account",
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
                "name": "label",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "type": "SetAccountLabelSuccess",
        "abstractKey": null
      },
      {
        "kind": "InlineFragment",
        "selections": [
          {
            "alias": null,
            "args": null,
            "kind": "ScalarField",
            "name": "message",
            "storageKey": null
          },
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
    "name": "relaySetAccountLabelMutation",
    "selections": (v1/*:: as any*/),
    "type": "Mutation",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relaySetAccountLabelMutation",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "06e50772202383a0e561388b17cd09bb",
    "id": "46c53fd351d5815fb3d46d976a964ea8146fed9ab02ecc43dc83fdaa95a149f5",
    "metadata": {},
    "name": "relaySetAccountLabelMutation",
    "operationKind": "mutation",
    "text": "mutation relaySetAccountLabelMutation(\n  $input: SetAccountLabelInput!\n) {\n  setAccountLabel(input: $input) {\n    __typename\n    ... on SetAccountLabelSuccess {\n      position\n      account {\n        id\n        label\n      }\n    }\n    ... on Rejection {\n      message\n      code\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "f50aad0391af151ba302944174beba3b";

export default node;
