import { expect, it } from "vitest";
import type { AuditEntry } from "../../api/types";
import { auditCsv } from "./use-export";

const entry: AuditEntry = {
  id: 1,
  at: Date.UTC(2026, 2, 1, 12),
  user_id: 2,
  actor: "ada",
  via: "token",
  via_name: "laptop",
  action: "member.put",
  target: "user grace",
  project_id: 1,
  address: "10.0.0.7",
  request_id: null,
  detail: { role: "editor" },
};

it("has a row for each entry, with its time in UTC and its details as JSON", () => {
  const [head, row] = auditCsv([entry]).split("\r\n");
  expect(head).toBe("at,actor,via,via_name,action,target,project_id,address,request_id,detail");
  expect(row).toBe(
    '2026-03-01T12:00:00.000Z,ada,token,laptop,member.put,user grace,1,10.0.0.7,,"{""role"":""editor""}"',
  );
});
