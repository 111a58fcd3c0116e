import { commitMutation, fetchQuery, graphql, type IEnvironment, type MutationParameters, type GraphQLTaggedNode } from 'relay-runtime';
import acceptMutation, { type membershipAcceptMutation } from './__generated__/membershipAcceptMutation.graphql';
import centralQuery, { type membershipAccountCentralQuery } from './__generated__/membershipAccountCentralQuery.graphql';
import inviteMutation, { type membershipInviteMutation } from './__generated__/membershipInviteMutation.graphql';
import leaveMutation, { type membershipLeaveMutation } from './__generated__/membershipLeaveMutation.graphql';

/** The operations around joining and leaving, for the compiler alone. */
export const operations = (): unknown[] => [
  graphql`
    query membershipAccountCentralQuery($count: Int!) {
      accountCentral {
        accounts(first: $count) {
          totalCount
          edges {
            cursor
            node {
              id
              appId
              label
              url
              role
              kind
              canLeave
              leaveBlockers {
                code
                message
                count
              }
              user {
                id
                status
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
        invitations {
          invitationId
          appId
          accountName
          role
          invitedBy
          expiresAt
        }
      }
    }
  `,
  graphql`
    mutation membershipInviteMutation($input: InvitePartnerInput!) {
      invitePartner(input: $input) {
        __typename
        ... on InvitePartnerSuccess {
          position
          user {
            id
            ...userListUser
          }
          invitation {
            id
            invitationId
          }
        }
        ... on AlreadyInvited {
          message
          invitationId
          expiresAt
        }
        ... on RateLimited {
          message
          retryAfterSeconds
        }
        ... on Rejection {
          code
          message
          field
        }
      }
    }
  `,
  graphql`
    mutation membershipAcceptMutation($input: AcceptInvitationInput!) {
      acceptInvitation(input: $input) {
        __typename
        ... on AcceptInvitationSuccess {
          account {
            id
            label
          }
          user {
            id
            status
          }
        }
        ... on WrongRecipient {
          message
          maskedKeapId
        }
        ... on Rejection {
          code
          message
        }
      }
    }
  `,
  graphql`
    mutation membershipLeaveMutation($input: LeaveAppInput!) {
      leaveApp(input: $input) {
        __typename
        ... on LeaveAppSuccess {
          appId
          position
        }
        ... on HasAssignedContacts {
          message
          count
          sample
        }
        ... on Rejection {
          code
          message
        }
      }
    }
  `,
];

const commit = <M extends MutationParameters>(environment: IEnvironment, mutation: GraphQLTaggedNode, variables: M['variables']): Promise<M['response']> =>
  new Promise((resolve, reject) => {
    commitMutation<M>(environment, { mutation, variables, onCompleted: (response) => resolve(response), onError: reject });
  });

export async function accountCentral(environment: IEnvironment): Promise<membershipAccountCentralQuery['response']['accountCentral']> {
  const response = await fetchQuery<membershipAccountCentralQuery>(environment, centralQuery, { count: 20 }, { fetchPolicy: 'network-only' }).toPromise();
  if (!response) throw new Error('No answer came.');
  return response.accountCentral;
}

/** The text shown after pressing "Invite". */
export async function invite(environment: IEnvironment, input: membershipInviteMutation['variables']['input']): Promise<string> {
  const { invitePartner: answer } = await commit<membershipInviteMutation>(environment, inviteMutation, { input });
  switch (answer.__typename) {
    case 'InvitePartnerSuccess':
      return `Invited: ${answer.invitation.invitationId}`;
    case 'AlreadyInvited':
      return `Open until ${answer.expiresAt.slice(0, 4)}: ${answer.invitationId}`;
    case 'RateLimited':
      return `Again in ${answer.retryAfterSeconds.toFixed(0)} seconds`;
    case 'Rejection':
      return `${answer.code}: ${answer.field ?? ''}`;
    default:
      return 'Something new';
  }
}

export async function accept(environment: IEnvironment, input: membershipAcceptMutation['variables']['input']): Promise<membershipAcceptMutation['response']['acceptInvitation']> {
  return (await commit<membershipAcceptMutation>(environment, acceptMutation, { input })).acceptInvitation;
}

/** The text shown after pressing "Leave". */
export async function leave(environment: IEnvironment, appId: string): Promise<string> {
  const { leaveApp: answer } = await commit<membershipLeaveMutation>(environment, leaveMutation, { input: { appId, confirmAppId: appId } });
  switch (answer.__typename) {
    case 'LeaveAppSuccess':
      return `Left ${answer.appId}`;
    case 'HasAssignedContacts':
      return `${answer.count.toFixed(0)} contacts, such as ${answer.sample.join(', ')}`;
    case 'Rejection':
      return answer.code;
    default:
      return 'Something new';
  }
}
