import { deliveryProblemOf } from '../../../src/application/delivery/deliveryProblem';

describe('deliveryProblemOf', () => {
  it.each([
    ['REFUSED 550 5.1.1', /no such mailbox.*invite the right one\. \(550 5\.1\.1\)$/],
    ['REFUSED 550 5.1.10', /domain of the address receives no mail.*\(550 5\.1\.10\)$/],
    ['REFUSED 550 5.7.26', /by a rule of its own.*\(550 5\.7\.26\)$/],
    ['REFUSED 550', /does not accept mail to this address.*\(550\)$/],
    ['REFUSED 599', /refused the message for good.*\(599\)$/],
    ['REFUSED 452 4.2.2', /mailbox is full.*\(452 4\.2\.2\)$/],
    ['REFUSED 451', /in any of the attempts\. Send the invitation again\. \(451\)$/],
    ['REFUSED', /in any of the attempts\. Send the invitation again\.$/],
    ['BOUNCED 5.2.1', /mailbox is not in use.*\(5\.2\.1\)$/],
    ['BOUNCED', /^The message came back/],
    ['NO_SMTPUTF8', /Invite the person with another address\.$/],
    ['NOT_REACHED', /could not be reached/],
    ['TIMED_OUT', /did not answer in time/],
    ['LOST', /interrupted/],
    ['ERASED', /erased/],
    ['a word of an event to come', /^The mail server did not accept the message/],
  ])('explains %s', (reason, sentence) => {
    expect(deliveryProblemOf(reason)).toMatch(sentence);
  });
});
