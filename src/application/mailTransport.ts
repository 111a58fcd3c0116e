/** A message as it is handed over. */
export interface OutgoingMail {
  /** the address alone. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** with its angle brackets. */
  readonly messageId: string;
}

/** How messages leave: by a mail server, or into a directory. */
export interface MailTransport {
  /** Resolves once the other side has taken the message. @throws MailNotTaken when it has not. */
  send(mail: OutgoingMail): Promise<void>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** A message was not taken. The reason holds no address, since it is kept. */
export class MailNotTaken extends Error {
  override readonly name = 'MailNotTaken';

  /** @param reason a word, and the mail server's status code where there is one: `REFUSED 451`. */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`The message was not taken: ${reason}`, options);
  }
}
