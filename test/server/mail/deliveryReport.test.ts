import { failureReportedIn } from '../../../src/server/mail/deliveryReport';
import { cpuOf } from '../../hostile/cpu';

interface Parts {
  readonly type?: string;
  readonly status?: string;
  readonly headers?: string;
}

/** A report as Postfix writes it. */
const report = ({ type = 'multipart/report; report-type=delivery-status;\r\n\tboundary="C1/mx.example"', status = 'Final-Recipient: rfc822; paula@coach.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no', headers = 'Auto-Submitted: auto-replied' }: Parts = {}): string => `Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
${headers}
MIME-Version: 1.0
Content-Type: ${type}

This is a MIME-encapsulated message.

--C1/mx.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

Action: failed
Status: 5.0.0

--C1/mx.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 8 Mar 2026 14:05:00 +0000 (UTC)

${status}

--C1/mx.example
Content-Type: message/rfc822

Subject: You are invited
`.replace(/\r?\n/g, '\r\n');

describe('failureReportedIn', () => {
  it.each<[string, string, string | null]>([
    ['Postfix', report(), '5.1.1'],
    ['a server that writes in another case, with comments', report({ type: 'MULTIPART/Report; Boundary="C1/mx.example"; Report-Type="Delivery-Status"', status: 'ACTION: Failed (permanently)\r\nSTATUS: 5.2.2 (mailbox full)' }), '5.2.2'],
    ['a server that gave up after days', report({ status: 'Action: failed\r\nStatus: 4.4.1' }), '4.4.1'],
    ['a server without a status', report({ status: 'Action: failed' }), null],
    ['a server with an odd status', report({ status: 'Action: failed\r\nStatus: 5.1.1<script>' }), null],
    ['a server with a report on several recipients', report({ status: 'Action: delayed\r\nStatus: 4.0.0\r\n\r\nAction: failed\r\nStatus: 5.7.1' }), '5.7.1'],
  ])('reads the report of %s', (_, message, status) => {
    expect(failureReportedIn(message)).toEqual({ status });
  });

  it.each<[string, string]>([
    ['a notice of delay', report({ status: 'Action: delayed\r\nStatus: 4.4.1' })],
    ['a notice of delivery', report({ status: 'Action: delivered\r\nStatus: 2.0.0' })],
    ['a read receipt', report({ type: 'multipart/report; report-type=disposition-notification; boundary="C1/mx.example"' })],
    ['a complaint', report({ type: 'multipart/report; report-type=feedback-report; boundary="C1/mx.example"' })],
    ['a report without a boundary', report({ type: 'multipart/report; report-type=delivery-status' })],
    ['a forwarded report', report({ type: 'multipart/mixed; boundary="C1/mx.example"' })],
    ['an automatic reply', 'From: paula@coach.example\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n'],
    ['an older automatic reply', 'From: paula@coach.example\nX-Autoreply: yes\nPrecedence: bulk\n\nI am on vacation.\n'],
    ['a letter', 'From: paula@coach.example\n\nAction: failed\n'],
    ['a message cut before the report', report().slice(0, 400)],
    ['nothing', ''],
    ['line ends', '\r\n\r\n\r\n'],
  ])('takes %s for none', (_, message) => {
    expect(failureReportedIn(message)).toBeNull();
  });

  it('is quick whatever it reads', async () => {
    const cpu = await cpuOf(() => {
      for (const unit of ['\n ', '; a=', '\n--C1/mx.example', '"', ': ', '\r']) failureReportedIn(`Content-Type: multipart/report; report-type=delivery-status; boundary="C1/mx.example"${unit.repeat(16_000 / unit.length)}`);
    });
    expect(cpu).toBeLessThan(1_000);
  });
});
