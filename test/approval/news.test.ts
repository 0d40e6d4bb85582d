import { describe, expect, test } from "vitest";
import { newsOf, nextEscalation } from "../../src/approval/news.ts";
import { eventId } from "../../src/approval/notice.ts";
import { obligation, person, sampleRequest, says, T0 } from "./sample.ts";

const aiko = person("aiko", "ops");
const ben = person("ben", "security");
const chie = person("chie", "leads");
const approvers = [aiko, ben, chie].map(({ approver }) => approver);
const MINUTE = 60_000;

const staged = obligation({
  rule: "staged",
  from: ["ops"],
  later: [{ from: ["security"], need: 1 }],
  escalate: [
    { afterMs: 5 * MINUTE, to: ["leads"] },
    { afterMs: 10 * MINUTE, to: ["managers"] },
  ],
});

describe("of a request that waits, people are told", () => {
  test("that it was opened, whatever else is to be told", () => {
    const request = sampleRequest();
    expect(newsOf(request, [], approvers, T0)).toMatchObject([
      { kind: "request.opened", about: { code: request.code } },
    ]);
  });

  test("that a stage is open once the one before is met, and whom it asks", () => {
    const request = sampleRequest({ obligations: [obligation(), staged] });
    const answers = [says(aiko, request, "approve", T0 + 1000)];
    expect(newsOf(request, [], approvers, T0 + 2000).map(({ kind }) => kind)).toEqual(["request.opened"]);
    expect(newsOf(request, answers, approvers, T0 + 2000)).toMatchObject([
      { kind: "request.opened", about: { groups: ["ops"] } },
      { kind: "request.stage", stage: 1, about: { groups: ["security"], need: 1 } },
    ]);
  });

  test("a forged answer opens no stage", () => {
    const request = sampleRequest({ obligations: [staged] });
    const mallory = person("aiko", "ops");
    expect(newsOf(request, [says(mallory, request, "approve")], approvers, T0 + 2000)).toHaveLength(1);
  });

  test("that nobody answered for a while, each group when its time comes, and the same event each time it is looked at", () => {
    const request = sampleRequest({ obligations: [staged] });
    const at = (minutes: number) => newsOf(request, [], approvers, T0 + minutes * MINUTE).slice(1);
    expect(at(4)).toEqual([]);
    expect(at(5)).toMatchObject([{ kind: "request.escalated", step: 0, about: { groups: ["leads"] } }]);
    expect(at(11).map(eventId)).toEqual([...at(5).map(eventId), `request.escalated/${request.id}/1`]);
    expect(at(11)).toMatchObject([{}, { about: { groups: ["managers"] } }]);
  });

  test("nothing of escalation once what it is of is met", () => {
    const request = sampleRequest({ obligations: [obligation({ need: 2 }), { ...staged, later: [] }] });
    const answers = [says(aiko, request, "approve", T0 + 1000)];
    expect(newsOf(request, answers, approvers, T0 + 11 * MINUTE).map(({ kind }) => kind)).toEqual(["request.opened"]);
  });

  test("in time: the next escalation is known beforehand", () => {
    const request = sampleRequest({ obligations: [staged] });
    expect(nextEscalation(request, T0)).toBe(T0 + 5 * MINUTE);
    expect(nextEscalation(request, T0 + 5 * MINUTE)).toBe(T0 + 10 * MINUTE);
    expect(nextEscalation(request, T0 + 10 * MINUTE)).toBeUndefined();
    expect(nextEscalation(sampleRequest(), T0)).toBeUndefined();
  });
});
