import { useMutation } from "@tanstack/react-query";
import { type AuditFilter, readAudit } from "../../api/list-audit";
import type { AuditEntry } from "../../api/types";
import { toCsv } from "../../lib/csv";
import { csvFile, saveFile } from "../../lib/save-file";

const COLUMNS = [
  "at",
  "actor",
  "via",
  "via_name",
  "action",
  "target",
  "project_id",
  "address",
  "request_id",
  "detail",
] as const;

/** Saves what the filter leaves as a file. */
export function useExport(filter: AuditFilter) {
  return useMutation({
    mutationFn: async () => saveFile("snellen-audit.csv", csvFile(auditCsv(await readAudit(filter)))),
  });
}

export function auditCsv(entries: readonly AuditEntry[]): string {
  const rows = entries.map((entry) =>
    COLUMNS.map((column) => {
      if (column === "at") return new Date(entry.at).toISOString();
      if (column === "detail") return entry.detail ? JSON.stringify(entry.detail) : "";
      return String(entry[column] ?? "");
    }),
  );
  return toCsv([COLUMNS, ...rows]);
}
