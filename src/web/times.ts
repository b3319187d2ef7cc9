// Instants and durations as people read them. The zone is the server's, and the page says which.
import { html, type Html } from "./html.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `0 s`, `49 s`, `4 min 6 s`, `2 h 5 min`, `3 d 4 h`: the two largest units that say something. */
export function wordDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`;
  if (whole < HOUR_MS)
    return two([Math.floor(whole / MINUTE_MS), "min"], [Math.floor((whole % MINUTE_MS) / 1000), "s"]);
  if (whole < DAY_MS)
    return two([Math.floor(whole / HOUR_MS), "h"], [Math.floor((whole % HOUR_MS) / MINUTE_MS), "min"]);
  return two([Math.floor(whole / DAY_MS), "d"], [Math.floor((whole % DAY_MS) / HOUR_MS), "h"]);
}

type Part = readonly [number, string];

function two(large: Part, small: Part): string {
  return small[0] === 0 ? `${large[0]} ${large[1]}` : `${large[0]} ${large[1]} ${small[0]} ${small[1]}`;
}

export interface Times {
  readonly zone: string;
  /** `10:02:08`. */
  clock(atMs: number): string;
  /** `Mon 10:02` within six days of now, else `23 Nov 10:02`, with the year when it is another one. */
  near(atMs: number, nowMs: number): string;
  /** The `time` element around either form. */
  stamp(atMs: number, words: string): Html;
}

export function createTimes(zone: string): Times {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const partsOf = (atMs: number): ReadonlyMap<string, string> =>
    new Map(format.formatToParts(atMs).map((part) => [part.type, part.value]));
  const near = (atMs: number, nowMs: number): string => {
    const at = partsOf(atMs);
    const time = `${at.get("hour")}:${at.get("minute")}`;
    if (Math.abs(nowMs - atMs) < 6 * DAY_MS) return `${at.get("weekday")} ${time}`;
    const year = at.get("year") === partsOf(nowMs).get("year") ? "" : ` ${at.get("year")}`;
    return `${at.get("day")} ${at.get("month")}${year} ${time}`;
  };
  return {
    zone,
    clock: (atMs) => {
      const at = partsOf(atMs);
      return `${at.get("hour")}:${at.get("minute")}:${at.get("second")}`;
    },
    near,
    stamp: (atMs, words) => {
      const at = partsOf(atMs);
      const whole = `${at.get("weekday")} ${at.get("day")} ${at.get("month")} ${at.get("year")}, ${at.get("hour")}:${at.get("minute")}:${at.get("second")}`;
      return html`<time datetime="${new Date(atMs).toISOString()}" title="${whole}">${words}</time>`;
    },
  };
}
