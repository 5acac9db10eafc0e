import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ApiError } from "../../api/client";
import { LoginFault } from "./login-fault";

const WRONG = "Name or password is wrong.";

function told(error: ApiError, pause = 0): string {
  render(<LoginFault error={error} wrong={WRONG} pause={pause} />);
  return screen.getByRole("alert").textContent ?? "";
}

it("says the same of all that is unknown, whatever the server says", () => {
  expect(told(new ApiError(401, "login_failed", "no such name"))).toBe(WRONG);
});

it("says how long to wait after too many tries", () => {
  expect(told(new ApiError(429, "too_many_attempts", "", 95), 95)).toContain("in 1 min 35 s");
});

it("says when the wait is over", () => {
  expect(told(new ApiError(429, "too_many_attempts", "", 1), 0)).toContain("You can try again now.");
});

it("gives the server's reason for everything else", () => {
  expect(told(new ApiError(403, "not_allowed", "the account ada is disabled"))).toBe(
    "the account ada is disabled",
  );
});
