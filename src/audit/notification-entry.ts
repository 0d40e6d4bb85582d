/**
 * Entries about messages to people. A channel stands in them by its name, never by its address, which may be a secret;
 * what went wrong stands as a code, never in somebody else's words.
 */

export type NotificationEntry =
  /** The receiver took it. `event` is the same in all channels, `message` what the receiver knows it by. */
  | {
      readonly kind: "notification.sent";
      readonly channel: string;
      readonly event: string;
      readonly message: string;
      readonly request?: string;
      readonly attempts: number;
    }
  /** Recorded at the first failure, and when it is given up (`final`). */
  | {
      readonly kind: "notification.failed";
      readonly channel: string;
      readonly event: string;
      readonly message: string;
      readonly request?: string;
      readonly attempts: number;
      readonly problem: string;
      readonly final: boolean;
    };
