import { t } from "../../lib/i18n-people";

const KNOWN = ["disabled", "refused", "unreachable", "expired", "no_account"] as const;

/** What the address says about a login with the provider that did not work; null when it says nothing. */
export function providerFault(search: string): string | null {
  const code = new URLSearchParams(search).get("login_error");
  if (code === null) return null;
  const known = KNOWN.find((one) => one === code);
  return t(known ? `login.fault.${known}` : "login.fault.other");
}
