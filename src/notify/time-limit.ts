/** An AbortSignal that also ends after a time, whatever the garbage collector does meanwhile. */

/**
 * Aborted with `signal`, or after `ms` with a TimeoutError. Not `AbortSignal.any` over `AbortSignal.timeout`: Node 20 holds
 * that one weakly and may collect it before its time (nodejs/node issue 57736), and who says nothing is waited for without end.
 */
export function withTimeLimit(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(new DOMException("took too long", "TimeoutError")), ms).unref();
  return AbortSignal.any([signal, late.signal]);
}
