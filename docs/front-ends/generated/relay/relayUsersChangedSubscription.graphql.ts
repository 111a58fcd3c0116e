/**
 * @generated SignedSource<<e0242cace62b35bfa835a5bcbb606d3d>>
 * @relayHash 655cde429c8c64d156ed16e78cc2f7a4
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

// @relayRequestID e1c1493e025442458a7a172f6eacc0a9d095de6cc22763d50c073ee0bb7ac1aa

import { ConcreteRequest } from 'relay-runtime';
export type UserKind = "PARTNER" | "USER";
export type UserRole = "ADMIN" | "STANDARD";
export type UserStatus = "ACTIVE" | "DECLINED" | "EXPIRED" | "INVITED" | "LEFT" | "REMOVED" | "REVOKED";
export type relayUsersChangedSubscription$variables = {
  appId: string;
};
export type relayUsersChangedSubscription$data = {
  readonly appUsersChanged: {
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
  };
};
export type relayUsersChangedSubscription = {
  response: relayUsersChangedSubscription$data;
  variables: relayUsersChangedSubscription$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "appId"
  }
],
v1 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "appId",
        "variableName": "appId"
      }
    ],
    "concreteType": "UserChange",
    "kind": "LinkedField",
    "name": "appUsersChanged",
    "plural": false,
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
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "relayUsersChangedSubscription",
    "selections": (v1/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "relayUsersChangedSubscription",
    "selections": (v1/*:: as any*/)
  },
  "params": {
    "cacheID": "655cde429c8c64d156ed16e78cc2f7a4",
    "id": "e1c1493e025442458a7a172f6eacc0a9d095de6cc22763d50c073ee0bb7ac1aa",
    "metadata": {},
    "name": "relayUsersChangedSubscription",
    "operationKind": "subscription",
    "text": "subscription relayUsersChangedSubscription(\n  $appId: ID!\n) {\n  appUsersChanged(appId: $appId) {\n    position\n    user {\n      id\n      userId\n      keapId\n      name\n      kind\n      role\n      status\n      assignedContactCount\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "fa0e2a79fee7c300d36b12785612802a";

export default node;
