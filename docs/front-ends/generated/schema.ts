export const schema = {
 "__schema": {
  "queryType": {
   "name": "Query",
   "kind": "OBJECT"
  },
  "mutationType": {
   "name": "Mutation",
   "kind": "OBJECT"
  },
  "subscriptionType": {
   "name": "Subscription",
   "kind": "OBJECT"
  },
  "types": [
   {
    "kind": "UNION",
    "name": "AcceptInvitationResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "AcceptInvitationSuccess",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "WrongRecipient",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "AcceptInvitationSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "accountCentral",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountCentral",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Account",
    "interfaces": [],
    "fields": [
     {
      "name": "appId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "canLeave",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "label",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "role",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserRole",
        "kind": "ENUM",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "AccountCentral",
    "interfaces": [],
    "fields": [
     {
      "name": "accounts",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "invitations",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "ReceivedInvitation",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "AccountConnection",
    "interfaces": [],
    "fields": [
     {
      "name": "nodes",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "Account",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "AlreadyInvited",
    "interfaces": [],
    "fields": [
     {
      "name": "expiresAt",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DateTimeISO",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "App",
    "interfaces": [],
    "fields": [
     {
      "name": "accountName",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "users",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserConnection",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "UNION",
    "name": "DeclineInvitationResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "DeclineInvitationSuccess",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "WrongRecipient",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "DeclineInvitationSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "accountCentral",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountCentral",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "HasAssignedContacts",
    "interfaces": [],
    "fields": [
     {
      "name": "count",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "sample",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "ID",
          "kind": "SCALAR",
          "ofType": null
         }
        }
       }
      }
     }
    ]
   },
   {
    "kind": "UNION",
    "name": "InvitePartnerResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "AlreadyInvited",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "InvitePartnerSuccess",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RateLimited",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "InvitePartnerSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "UNION",
    "name": "LeaveAppResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "HasAssignedContacts",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "LeaveAppSuccess",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "LeaveAppSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "accountCentral",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountCentral",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "appId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Mutation",
    "interfaces": [],
    "fields": [
     {
      "name": "acceptInvitation",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AcceptInvitationResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     },
     {
      "name": "declineInvitation",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "DeclineInvitationResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     },
     {
      "name": "invitePartner",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "InvitePartnerResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     },
     {
      "name": "leaveApp",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LeaveAppResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     },
     {
      "name": "removeUser",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "RemoveUserResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     },
     {
      "name": "setAccountLabel",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "SetAccountLabelResult",
        "kind": "UNION",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "PageInfo",
    "interfaces": [],
    "fields": [
     {
      "name": "endCursor",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      }
     },
     {
      "name": "hasNextPage",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Boolean",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Query",
    "interfaces": [],
    "fields": [
     {
      "name": "accountCentral",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountCentral",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "app",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "App",
       "ofType": null
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "RateLimited",
    "interfaces": [],
    "fields": [
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "retryAfterSeconds",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "ReceivedInvitation",
    "interfaces": [],
    "fields": [
     {
      "name": "accountName",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "appId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "invitationId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "role",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserRole",
        "kind": "ENUM",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Rejection",
    "interfaces": [],
    "fields": [
     {
      "name": "code",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ErrorCode",
        "kind": "ENUM",
        "ofType": null
       }
      }
     },
     {
      "name": "field",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      }
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "UNION",
    "name": "RemoveUserResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "HasAssignedContacts",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "RemoveUserSuccess",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "RemoveUserSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "reassignedTo",
      "args": [],
      "type": {
       "kind": "OBJECT",
       "name": "User",
       "ofType": null
      }
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "UNION",
    "name": "SetAccountLabelResult",
    "possibleTypes": [
     {
      "kind": "OBJECT",
      "name": "Rejection",
      "ofType": null
     },
     {
      "kind": "OBJECT",
      "name": "SetAccountLabelSuccess",
      "ofType": null
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "SetAccountLabelSuccess",
    "interfaces": [],
    "fields": [
     {
      "name": "account",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Account",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "Subscription",
    "interfaces": [],
    "fields": [
     {
      "name": "accountCentralChanged",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "AccountCentral",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     },
     {
      "name": "appUsersChanged",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserChange",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "User",
    "interfaces": [],
    "fields": [
     {
      "name": "assignedContactCount",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "Int",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "id",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "keapId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "kind",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserKind",
        "kind": "ENUM",
        "ofType": null
       }
      }
     },
     {
      "name": "name",
      "args": [],
      "type": {
       "kind": "SCALAR",
       "name": "String",
       "ofType": null
      }
     },
     {
      "name": "role",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserRole",
        "kind": "ENUM",
        "ofType": null
       }
      }
     },
     {
      "name": "status",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "UserStatus",
        "kind": "ENUM",
        "ofType": null
       }
      }
     },
     {
      "name": "userId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "ID",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "UserChange",
    "interfaces": [],
    "fields": [
     {
      "name": "position",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "LogPosition",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "user",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "UserConnection",
    "interfaces": [],
    "fields": [
     {
      "name": "edges",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": null,
        "kind": "LIST",
        "ofType": {
         "name": null,
         "kind": "NON_NULL",
         "ofType": {
          "name": "UserEdge",
          "kind": "OBJECT",
          "ofType": null
         }
        }
       }
      }
     },
     {
      "name": "pageInfo",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "PageInfo",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "UserEdge",
    "interfaces": [],
    "fields": [
     {
      "name": "cursor",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "node",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "User",
        "kind": "OBJECT",
        "ofType": null
       }
      }
     }
    ]
   },
   {
    "kind": "OBJECT",
    "name": "WrongRecipient",
    "interfaces": [],
    "fields": [
     {
      "name": "maskedKeapId",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     },
     {
      "name": "message",
      "args": [],
      "type": {
       "kind": "NON_NULL",
       "name": null,
       "ofType": {
        "name": "String",
        "kind": "SCALAR",
        "ofType": null
       }
      }
     }
    ]
   }
  ]
 }
};
