import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useMe } from "../../api/get-me";
import { AuditPage } from "../../features/audit/audit-page";
import { type AuditPatch, patchAudit } from "../../lib/audit-search";

const route = getRouteApi("/audit");

/** Keeps the filter in the address, so that a link shows a colleague the same. */
export function AuditRoute() {
  const me = useMe();
  const search = route.useSearch();
  const navigate = useNavigate({ from: "/audit" });
  const change = useCallback(
    (patch: AuditPatch) =>
      void navigate({ search: (old) => patchAudit(old, patch), replace: true, resetScroll: false }),
    [navigate],
  );
  return me.data ? <AuditPage me={me.data} search={search} onChange={change} /> : null;
}
