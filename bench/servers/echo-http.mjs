// Echo server over HTTP, without an SDK.
import { listen } from "../lib/http-end.mjs";
import { answer, OFFICE } from "./office.mjs";

listen((message, send) => {
  const reply = answer(OFFICE, message);
  send(reply && JSON.stringify(reply));
});
