/**
 * The script of the invitation's page, as it runs in a browser. Everything that it shows is set as text, never as HTML.
 * The token is sent in the body of a request, and nowhere else.
 */
export const INVITATION_SCRIPT = `'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const say = (text) => { byId('message').textContent = text; };
  const token = location.hash.slice(1);
  const roles = { ADMIN: 'Admin', STANDARD: 'Standard' };
  const kinds = { USER: 'User', PARTNER: 'Partner' };
  const ended = {
    ACCEPTED: 'This invitation has been accepted. The app stands in your Account Central.',
    DECLINED: 'This invitation has been declined.',
    REVOKED: 'This invitation has been taken back.',
    EXPIRED: 'This invitation has expired. Ask for a new one.',
    OPEN: 'A newer message with another link has been sent. Use the link in that one.',
  };

  const ask = async (query, variables, bearer) => {
    const headers = { 'content-type': 'application/json', 'x-client-name': 'invitation page' };
    if (bearer) headers.authorization = 'Bearer ' + bearer;
    const response = await fetch('graphql', { method: 'POST', headers, credentials: 'omit', body: JSON.stringify({ query, variables }) });
    if (response.status === 429) throw new Error('There were too many tries from here. Wait a minute, then reload the page.');
    const body = await response.json();
    if (body.errors) throw new Error(body.errors[0].message);
    return body.data;
  };

  const show = (invitation) => {
    if (!invitation) return say('This link leads to no invitation. Check that it is complete.');
    if (invitation.status !== 'OPEN' || !invitation.accountName) return say(ended[invitation.status]);
    document.title = 'Invitation to ' + invitation.accountName;
    byId('title').textContent = document.title;
    byId('inviter').textContent = invitation.invitedBy;
    byId('account').textContent = invitation.accountName;
    byId('recipient').textContent = invitation.maskedKeapId;
    byId('as').textContent = kinds[invitation.kind] + ', with the role ' + roles[invitation.role];
    byId('until').dateTime = invitation.expiresAt;
    byId('until').textContent = new Date(invitation.expiresAt).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'long' });
    byId('sign-in').textContent = invitation.maskedKeapId;
    byId('facts').hidden = false;
    if (byId('accept-form')) byId('accept-form').hidden = false;
    say((invitation.invitedBy || 'Somebody') + ' invites you to ' + invitation.accountName + '.');
  };

  const lookUp = async () => {
    if (token === '') return say('This link is not complete: what stands behind its # is missing.');
    const { invitation } = await ask('query ($token: String!) { invitation(token: $token) { status accountName role kind invitedBy maskedKeapId expiresAt } }', { token });
    show(invitation);
  };

  const accept = async () => {
    const issued = await fetch('dev/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ keapId: byId('keap-id').value }) });
    const { token: bearer, error } = await issued.json();
    if (!bearer) return say(error.message);
    const { acceptInvitation } = await ask(
      'mutation ($token: String!) { acceptInvitation(input: { token: $token }) { ... on AcceptInvitationSuccess { account { accountName } } ... on UserError { message } } }', { token }, bearer);
    if (!acceptInvitation.account) return say(acceptInvitation.message);
    byId('facts').hidden = true;
    byId('accept-form').hidden = true;
    say('You are in: ' + acceptInvitation.account.accountName + '.');
  };

  const orSay = (work) => work().catch((error) => say(error instanceof TypeError ? 'The server cannot be reached. Reload the page in a moment.' : error.message));
  if (byId('accept-form')) byId('accept-form').addEventListener('submit', (event) => { event.preventDefault(); orSay(accept); });
  addEventListener('hashchange', () => location.reload());
  orSay(lookUp);
})();
`;
