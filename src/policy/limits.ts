/** What holds where a manifest is silent. Apart from the schemas, so that a start that needs none of those loads none. */

/** Calls that an agent may have in flight at once. */
export const DEFAULT_IN_FLIGHT = 128;
