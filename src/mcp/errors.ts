/** Errors of JSON-RPC as the doors say them, whatever carries them. Pure. */

import { INVALID_REQUEST, METHOD_NOT_FOUND, type RpcError } from "./era.ts";

export const invalidRequest = (what: string): RpcError => ({
  code: INVALID_REQUEST,
  message: `Invalid request: ${what}`,
});

export const NOT_FOUND: RpcError = { code: METHOD_NOT_FOUND, message: "Method not found" };

/** The whole message; without an id where nobody can be addressed, as the schemas of both eras have it. */
export const errorText = (id: string | number | undefined, error: RpcError): string =>
  `{"jsonrpc":"2.0",${id === undefined ? "" : `"id":${JSON.stringify(id)},`}"error":${JSON.stringify(error)}}`;
