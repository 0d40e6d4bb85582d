/** What the log says of how an agent and its gate stand to each other on one machine. */

/**
 * `same-user`: the gate runs as the agent's own OS user, or is within that user's reach; it protects against a mistaken
 * agent, not against a hostile one with a shell. `separate-user`: the agent runs as another user, who can change nothing
 * that the gate goes by. `unknown`: nobody said which user the agent is, or there is no such user here.
 */
export type Mode = "same-user" | "separate-user" | "unknown";
