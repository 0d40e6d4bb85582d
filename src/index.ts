/** Public API: what other programs need to read decisions and verify logs. Few names, on purpose. */

export {};
