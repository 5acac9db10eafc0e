import { MantineProvider } from "@mantine/core";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { Member } from "../../api/types";
import { MemberRow } from "./member-row";

const GRACE: Member = {
  user_id: 2,
  name: "grace",
  display_name: "Grace Hopper",
  role: "editor",
  run_code: true,
  disabled: false,
  created_at: 0,
};

function show(patch: Partial<Member> = {}, mayChange = true, mayGrant = true) {
  const changes: unknown[] = [];
  render(
    <MantineProvider env="test">
      <table>
        <tbody>
          <MemberRow
            member={{ ...GRACE, ...patch }}
            isMe={false}
            mayChange={mayChange}
            mayGrant={mayGrant}
            pending={false}
            onChange={(change) => changes.push(change)}
            onRemove={() => changes.push("remove")}
          />
        </tbody>
      </table>
    </MantineProvider>,
  );
  return changes;
}

it("takes the permission to run code from who becomes viewer", async () => {
  const changes = show();
  await userEvent.selectOptions(screen.getByLabelText("Role of grace"), "viewer");
  expect(changes).toEqual([{ role: "viewer", run_code: false }]);
});

it("doesn't offer a viewer to run code, and says why", () => {
  show({ role: "viewer", run_code: false });
  const box = screen.getByLabelText<HTMLInputElement>("grace may run code");
  expect(box.disabled).toBe(true);
  expect(box.title).toContain("make them editor first");
});

it("lets nobody grant to run code who may not do so, but take it away", () => {
  show({ run_code: false }, true, false);
  expect(screen.getByLabelText<HTMLInputElement>("grace may run code").title).toContain("may not run code");
  cleanup();
  show({ run_code: true }, true, false);
  expect(screen.getByLabelText<HTMLInputElement>("grace may run code").disabled).toBe(false);
});

it("shows who may change nothing what each may do", () => {
  show({ disabled: true }, false);
  expect(screen.queryByRole("combobox")).toBeNull();
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.getByRole("row").textContent).toBe("Grace HoppergracedisabledEditoryes");
});
