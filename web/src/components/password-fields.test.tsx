import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { PasswordFields } from "./password-fields";

function show() {
  const given: string[] = [];
  render(
    <MantineProvider env="test">
      <PasswordFields action="Save" pending={false} onSubmit={(password) => given.push(password)} />
    </MantineProvider>,
  );
  return given;
}

const save = () => screen.getByTestId<HTMLButtonElement>("save-password");

it("says the rule before anything is typed", () => {
  show();
  expect(screen.getByText(/At least 10 characters/)).toBeTruthy();
  expect(save().disabled).toBe(true);
});

it("takes no password that is too short, nor one that was typed in two ways", async () => {
  const given = show();
  const user = userEvent.setup();
  await user.type(screen.getByTestId("new-password"), "ninechars");
  await user.type(screen.getByTestId("new-password-again"), "ninechars");
  expect(screen.getByText("This is shorter than 10 characters.")).toBeTruthy();
  await user.type(screen.getByTestId("new-password"), "!");
  await user.click(document.body);
  expect(screen.getByText("This is not the same.")).toBeTruthy();
  expect(save().disabled).toBe(true);
  await user.type(screen.getByTestId("new-password-again"), "!{Enter}");
  expect(given).toEqual(["ninechars!"]);
});
