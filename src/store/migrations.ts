/** The tables, version by version. Forward only; a step that has been released is never changed. */

import type { Database } from "./database.ts";
import { numberIn } from "./row.ts";
import { StoreError } from "./store.ts";

/**
 * What people, agents or servers wrote is kept as JSON text; ids, codes, digests and states as they are.
 * `requests.facts`: everything of a request that never changes.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL,
    agent TEXT NOT NULL,
    action TEXT NOT NULL,
    facts TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    redeem_until INTEGER,
    closed_at INTEGER,
    note TEXT
  ) STRICT;
  -- One live request per action: what joins cannot be opened twice.
  CREATE UNIQUE INDEX live_requests ON requests (agent, action) WHERE state IN ('pending', 'approved', 'executing');
  CREATE INDEX requests_by_action ON requests (agent, action, closed_at);
  CREATE INDEX requests_by_state ON requests (state, opened_at);

  -- An approver may say no after a yes, hence the answer in the key.
  CREATE TABLE statements (
    request TEXT NOT NULL REFERENCES requests (id),
    approver TEXT NOT NULL,
    answer TEXT NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (request, approver, answer)
  ) STRICT;

  -- Only ever added to: a request whose state is set back by hand is still claimed.
  CREATE TABLE claims (request TEXT PRIMARY KEY REFERENCES requests (id), process TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

  CREATE TABLE results (
    request TEXT PRIMARY KEY REFERENCES requests (id),
    result TEXT NOT NULL,
    taken INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE attendance (request TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (request, process)) STRICT;

  CREATE TABLE stops (id TEXT PRIMARY KEY, stop TEXT NOT NULL, agent TEXT, placed_at INTEGER NOT NULL, lifted_at INTEGER) STRICT;
  CREATE TABLE acknowledgements (stop TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (stop, process)) STRICT;
  CREATE TABLE processes (id TEXT PRIMARY KEY, process TEXT NOT NULL) STRICT;

  CREATE TABLE accepted (n INTEGER PRIMARY KEY, config TEXT NOT NULL, archived TEXT NOT NULL) STRICT;
  CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE ledger (n INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
  CREATE TABLE ledger_head (one INTEGER PRIMARY KEY CHECK (one = 1), checkpoint TEXT NOT NULL) STRICT;
  `,
  `
  -- What agents log in with over HTTP. A digest of 256 random bits tells nothing of them.
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    agent TEXT NOT NULL,
    digest TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT;
  `,
  `
  -- Held calls that clients poll for. Whoever has the id may ask, so only its digest is kept.
  CREATE TABLE tasks (
    digest TEXT PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    agent TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    cancelled_at INTEGER
  ) STRICT;
  CREATE INDEX tasks_by_request ON tasks (request);
  `,
  `
  -- Messages to people, one for each event and channel. Held by a sender while it sends.
  CREATE TABLE outbox (
    n INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    config TEXT NOT NULL,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    notice TEXT NOT NULL,
    request TEXT,
    state TEXT NOT NULL,
    sender TEXT,
    attempts INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    give_up_at INTEGER NOT NULL,
    settled_at INTEGER,
    problem TEXT
  ) STRICT;
  CREATE INDEX outbox_open ON outbox (config, state, due_at) WHERE settled_at IS NULL;
  CREATE INDEX outbox_by_request ON outbox (request) WHERE request IS NOT NULL;
  `,
  `
  -- Links for enrolling passkeys: of link and code only digests. Nothing here lets anybody in.
  CREATE TABLE enrolments (
    link TEXT PRIMARY KEY,
    approver TEXT NOT NULL,
    code TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    passkey TEXT
  ) STRICT;
  -- Of the same tool, by time: what an approver is shown beside a request.
  CREATE INDEX requests_by_agent ON requests (agent, opened_at);
  `,
  `
  -- Of a request, beside its facts: which tool it is for, as JSON, and until when it can be answered.
  ALTER TABLE requests ADD COLUMN tool TEXT;
  ALTER TABLE requests ADD COLUMN expires_at INTEGER;
  UPDATE requests SET
    tool = json_array(json_extract(facts, '$.kind'), json_extract(facts, '$.server'), json_extract(facts, '$.name')),
    expires_at = json_extract(facts, '$.expiresAt');
  CREATE INDEX requests_by_tool ON requests (agent, tool, closed_at);

  CREATE TABLE passes (
    id TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    body TEXT NOT NULL,
    until INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    revoked_at INTEGER,
    revoked_by TEXT
  ) STRICT;
  CREATE INDEX passes_by_agent ON passes (agent, until);
  CREATE TABLE pass_signatures (
    pass TEXT NOT NULL REFERENCES passes (id),
    approver TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (pass, approver)
  ) STRICT;
  -- Only ever added to, one row for each use: a count that could be set back would be none.
  CREATE TABLE pass_uses (
    pass TEXT NOT NULL REFERENCES passes (id),
    n INTEGER NOT NULL,
    call TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (pass, n)
  ) STRICT;
  `,
  `
  -- When what was asked, shown and answered was removed, since it is kept no longer.
  ALTER TABLE requests ADD COLUMN removed_at INTEGER;
  `,
];

const versionOf = (database: Database): number => numberIn(database.get("PRAGMA user_version") ?? {}, "user_version");

/** Throws StoreError "newer" when the tables are ahead of this program. */
export function refuseNewerSchema(database: Database): void {
  const version = versionOf(database);
  if (version > STEPS.length)
    throw new StoreError("newer", `kidoban.db has schema ${version}; this program knows ${STEPS.length}`);
}

/** Brings the tables to this program's version in one transaction. Throws StoreError "newer" when they are ahead of it. */
export function migrate(database: Database): void {
  refuseNewerSchema(database);
  if (versionOf(database) === STEPS.length) return;
  database.write(() => {
    // Read again under the lock: another process may have been faster.
    for (const step of STEPS.slice(versionOf(database))) database.exec(step);
    database.exec(`PRAGMA user_version = ${STEPS.length}`);
  });
}
