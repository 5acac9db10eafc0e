/** Numbers, times and sizes as people read them. */
import type { Num } from "../api/types";
import { t } from "./i18n";
import { language } from "./language";

const DASH = "–";
/** Made once: `toLocaleString` makes one for every number. */
const COUNT = new Intl.NumberFormat(language);
const NAMES = new Intl.Collator(language, { numeric: true, sensitivity: "base" });

/** Names as people order them: 2 before 10, whatever the case. */
export const compareNames = (one: string, other: string): number => NAMES.compare(one, other);

/** The float behind a number that may have travelled as a string. */
export function toNumber(value: Num | null | undefined): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return value;
  return value === "NaN"
    ? Number.NaN
    : value === "Infinity"
      ? Number.POSITIVE_INFINITY
      : Number.NEGATIVE_INFINITY;
}

/** A metric: four significant digits where it matters, no more than fit a table. */
export function formatMetric(value: Num | null | undefined): string {
  const number = toNumber(value);
  if (number === null) return DASH;
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞";
  const size = Math.abs(number);
  if (size === 0) return "0";
  if (size < 0.0001 || size >= 1e7) return number.toExponential(2).replace("-", "−");
  if (Number.isInteger(number)) return COUNT.format(number).replace("-", "−");
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.01 ? 4 : 6;
  return number.toFixed(digits).replace("-", "−");
}

/** A share from 0 to 1 in three digits, as precision and recall are given. */
export function formatShare(value: Num | null | undefined): string {
  const number = toNumber(value);
  if (number === null) return DASH;
  return Number.isFinite(number) ? number.toFixed(3) : formatMetric(value);
}

export const formatPercent = (share: number): string => `${Math.round(share * 100)}%`;

export function formatCount(count: number): string {
  return COUNT.format(count);
}

export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return t("time.seconds", { s: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("time.minutes", { m: minutes, s: seconds % 60 });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("time.hours", { h: hours, m: minutes % 60 });
  return t("time.days", { d: Math.floor(hours / 24), h: hours % 24 });
}

/** A time since a beginning, short enough for an axis: 90 is 1:30, 3700 is 1:01:40. */
export function formatElapsed(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const text =
    minutes < 60
      ? `${minutes}:${two(whole % 60)}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
  return seconds < 0 && whole > 0 ? `−${text}` : text;
}

export function formatAgo(then: number, now: number): string {
  const seconds = Math.round((now - then) / 1000);
  if (seconds < 10) return t("time.justNow");
  if (seconds < 60) return t("time.ago", { duration: t("time.seconds", { s: seconds }) });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("time.ago", { duration: t("time.onlyMinutes", { m: minutes }) });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return t("time.ago", { duration: t("time.onlyHours", { h: hours }) });
  return formatDate(then);
}

const DATE = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const CLOCK = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });

export const formatDate = (time: number): string => DATE.format(time);
export const formatClock = (time: number): string => CLOCK.format(time);

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}
