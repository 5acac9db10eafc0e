import { t } from "../../lib/i18n-people";

/** The first that fits: many a browser calls itself by others' names too. */
const BROWSERS = [
  ["Edge", /\bEdg\//],
  ["Firefox", /\bFirefox\//],
  ["Chrome", /\b(?:Headless)?Chrom(?:e|ium)\//],
  ["Safari", /\bSafari\//],
] as const;
const SYSTEMS = [
  ["Android", /\bAndroid\b/],
  ["iOS", /\b(?:iPhone|iPad)\b/],
  ["Windows", /\bWindows\b/],
  ["macOS", /\bMac OS X\b/],
  ["Linux", /\bLinux\b/],
] as const;

/** What people call the browser of a User-Agent header. */
export function browserName(agent: string | null): string {
  if (agent === null || agent === "") return t("sessions.unknownBrowser");
  const browser = BROWSERS.find(([, sign]) => sign.test(agent))?.[0];
  const system = SYSTEMS.find(([, sign]) => sign.test(agent))?.[0];
  if (browser && system) return t("sessions.browserOn", { browser, system });
  return browser ?? agent.slice(0, 60);
}
