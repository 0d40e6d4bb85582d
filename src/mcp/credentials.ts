/** What requests to one server carry so that it knows who asks. The values may change while the gate runs. */

export interface Credentials {
  /** Every value in them is known to the search for secrets before it is given out (P9). */
  headers(): Readonly<Record<string, string>>;
  /** The server turned `used` away: whether there are others now. Never rejects. */
  renew(used: Readonly<Record<string, string>>): Promise<boolean>;
  /** What a person can do where there are none that the server takes. */
  readonly hint: string;
}
