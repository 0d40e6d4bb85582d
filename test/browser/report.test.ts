/**
 * The HTML report in Chromium: in both languages, light and dark, narrow and on paper; what agents wrote runs nothing and loads
 * nothing. With KIDOBAN_SCREENSHOTS it leaves pictures for people to look at.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src/report/model.ts";
import { writeReport } from "../../src/report/write.ts";
import { person } from "../approval/sample.ts";
import { accepted, DAY, fiveWeeks, makeWorld, type World } from "../report/world.ts";
import { launch, missing, mustRun } from "./chromium.ts";

const NOW = Date.parse("2026-11-22T09:00:00Z");
const SHOTS = process.env["KIDOBAN_SCREENSHOTS"];

interface Drawn {
  readonly heights: readonly number[];
  readonly numbers: readonly number[];
  readonly ticks: readonly number[];
  readonly lines: readonly number[];
}

/** What stands in each chart, for the page to tell. */
const DRAWN = `[...document.querySelectorAll("figure.chart")].map((figure) => {
  const number = (element) => Number((element.textContent ?? "").replaceAll(",", ""));
  const all = (query) => [...figure.querySelectorAll(query)];
  return {
    heights: all(":scope > svg rect.bar").map((bar) => Number(bar.getAttribute("height"))),
    numbers: all("tbody td").map(number).filter((each) => each > 0),
    ticks: all(":scope > svg text[text-anchor=end]").map(number),
    lines: all(":scope > svg line").map((line) => Number(line.getAttribute("y1"))),
  };
})`;
const TILES = `[...document.querySelectorAll(".tiles dd")].map((each) => Number(each.textContent))`;

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  mkdirSync(join(SHOTS, "report"), { recursive: true });
  await page.screenshot({ path: join(SHOTS, "report", `${name}.png`), fullPage: true });
}

describe.skipIf(missing !== undefined && !mustRun)("the report in a browser", () => {
  let browser: Browser;
  let world: World;
  let report: Report;
  beforeAll(async () => {
    browser = await launch();
    world = makeWorld(() => NOW);
    const people = { aiko: person("aiko", "ops"), ben: person("ben", "ops") };
    await accepted(world, [people.aiko, people.ben], NOW - 3 * DAY);
    await fiveWeeks(world, people, NOW - 60_000);
    const options = ["--since", "2026-11-15", "--time-zone", "Asia/Tokyo", "--format", "json"];
    const said = await world.kidoban(["report", "--config", world.config, ...options]);
    expect(said.err).toBe("");
    report = JSON.parse(said.out) as Report;
  });
  afterAll(async () => {
    await browser?.close();
    world?.remove();
  });

  async function opened(language: "en" | "ja", scheme: "light" | "dark", width: number) {
    const file = join(world.home, `report-${language}.html`);
    writeFileSync(file, writeReport(report, "html", language));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const asked: string[] = [];
    const told: string[] = [];
    page.on("request", (request) => void asked.push(request.url()));
    page.on("dialog", (dialog) => void told.push(dialog.message()));
    page.on("console", (message) => void told.push(message.text()));
    page.on("pageerror", (error) => void told.push(error.message));
    await page.goto(pathToFileURL(file).href);
    return { page, asked, told };
  }

  test.each([
    ["en", "light"],
    ["en", "dark"],
    ["ja", "light"],
    ["ja", "dark"],
  ] as const)("in %s and %s loads nothing, runs nothing, and fits a phone", async (language, scheme) => {
    for (const width of [1100, 390]) {
      const { page, asked, told } = await opened(language, scheme, width);
      expect(told).toEqual([]);
      expect(asked).toHaveLength(1);
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      // The policy let the style sheet pass: the page is not bare.
      expect(await page.evaluate<string>("getComputedStyle(document.body).marginTop")).toBe("0px");
      expect(await page.evaluate<number>("document.scripts.length")).toBe(0);
      await shoot(page, `${language}-${scheme}-${width}`);
      await page.close();
    }
  });

  test("draws each bar as high as its number, from zero, with the numbers beside it", async () => {
    const { page } = await opened("en", "light", 1100);
    const charts = await page.evaluate<readonly Drawn[]>(DRAWN);
    expect(charts.length).toBeGreaterThan(5);
    for (const { heights, numbers, ticks, lines } of charts) {
      expect(ticks[0]).toBe(0);
      const [bottom = 0, top = 0] = [lines[0], lines.at(-1)];
      const unit = (bottom - top) / (ticks.at(-1) ?? 1);
      expect(heights.length).toBe(numbers.length);
      expect(heights.reduce((all, each) => all + each, 0)).toBeCloseTo(
        numbers.reduce((all, each) => all + each, 0) * unit,
        0,
      );
    }
    await page.close();
  });

  test("says the same numbers in both languages, which are those of its JSON", async () => {
    for (const language of ["en", "ja"] as const) {
      const { page } = await opened(language, "light", 1100);
      const tiles = await page.evaluate<readonly number[]>(TILES);
      const { totals } = report;
      expect(tiles.slice(0, 6)).toEqual([
        totals.calls,
        totals.reads,
        totals.writes,
        totals.denied,
        totals.asked,
        totals.answers,
      ]);
      await page.close();
    }
  });

  test("goes on paper as A4, with nothing cut off at the side", async () => {
    for (const language of ["en", "ja"] as const) {
      const { page } = await opened(language, "dark", 1100);
      const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
      // Points of 1/72 inch.
      expect(pdf.toString("latin1")).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/);
      if (SHOTS !== undefined) writeFileSync(join(SHOTS, "report", `${language}.pdf`), pdf);
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 690, height: 1000 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(690);
      await page.close();
    }
  });
});
