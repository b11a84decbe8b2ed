const DAY_MS = 86_400_000;

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
];

// Made once: a browser takes longer for one of these than for a hundred times in words.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayOfWeek = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

/** The hour and minute of the reader's zone: "14:03". */
export const hourName = (at: Date): string => hour.format(at);

/** A day of the reader's zone: "30 Nov", with its year where that is not the year of `now`. */
export const dayName = (at: Date, now: Date): string =>
  (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at);

/** A day of the reader's zone as a week has it: "Mon 30 Nov". */
export const weekdayName = (at: Date): string => dayOfWeek.format(at);

/** A moment in the reader's zone: "14:03:12" today, else with its day, and its year where that is another. */
export function localTime(iso: string, now: Date): string {
  const at = new Date(iso);
  const clock = at.toLocaleTimeString("en-GB");
  if (at.toDateString() === now.toDateString()) return clock;
  return `${dayName(at, now)}, ${clock}`;
}

/** A moment as `<input type="datetime-local">` has it, in the reader's zone; nothing where it is none. */
export function localInput(iso: string | undefined, to: "minute" | "second"): string {
  const at = new Date(iso ?? "");
  if (Number.isNaN(at.getTime())) return "";
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, to === "minute" ? 16 : 19);
}

/** The same moment in UTC, whole. */
export function utcTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** How long before or after `now`: "5 min. ago", "in 3 hr."; from a day on, so many days of the reader's zone. */
export function relativeTime(iso: string, now: Date): string {
  const at = new Date(iso);
  const passed = at.getTime() - now.getTime();
  if (Math.abs(passed) >= DAY_MS) return relative.format(daysFrom(now, at), "day");
  for (const [unit, size] of STEPS) {
    if (Math.abs(passed) >= size) return relative.format(Math.trunc(passed / size), unit);
  }
  return "now";
}

/** How many midnights are between; a day may have 23 or 25 hours. */
function daysFrom(one: Date, other: Date): number {
  const [from, to] = [one, other].map((at) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()));
  return ((to ?? 0) - (from ?? 0)) / DAY_MS;
}

/** So many seconds as people say it: "3 h 20 min". */
export function duration(seconds: number): string {
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return hours > 0 ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.floor(seconds)} s`;
}
