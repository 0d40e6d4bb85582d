/** Why a login, or the renewal of one, did not come about. No message of these holds anything that another side sent as a secret. */

export type AuthFault =
  /** The server asks nobody to log in. */
  | "not-asked"
  /** An address that must not be called from where this began. */
  | "address"
  | "unreachable"
  | "foreign-resource"
  | "no-issuer"
  | "other-issuer"
  | "no-metadata"
  | "no-pkce"
  | "no-client"
  | "registration"
  /** The human or the authorization server said no. */
  | "denied"
  /** An answer that is not one to our question. */
  | "answer"
  | "late"
  | "token"
  /** The refresh token is used up or was revoked: a human has to log in again. */
  | "ended";

/** `detail` is what the other side named: a URL, an issuer, an error code. It is not to be trusted, only shown. */
export class AuthError extends Error {
  readonly code: AuthFault;
  readonly detail: string;
  // No cause: the libraries' errors carry whole answers, tokens included.
  constructor(code: AuthFault, detail = "") {
    super(detail === "" ? code : `${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
  }
}
