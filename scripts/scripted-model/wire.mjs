/** The two forms in which a model's answer leaves: one JSON value, or server-sent events. */

export const json = (value) => ({ type: "application/json", text: JSON.stringify(value) });

/** `events`: pairs of a name, or undefined where the API names none, and a value. */
export const stream = (events) => ({
  type: "text/event-stream",
  text: events
    .map(([name, value]) => `${name === undefined ? "" : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`)
    .join(""),
});
