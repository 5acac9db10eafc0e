import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { BarTable } from "./bar-table";

const rows = Array.from({ length: 5 }, (_, at) => ({ key: at, name: `class ${at}`, values: [10 - at, at] }));

it("is a table of names and numbers, which shows the rest when asked", async () => {
  render(
    <MantineProvider>
      <BarTable caption="Objects by class" heads={["Class", "Objects", "Images"]} rows={rows} most={3} />
    </MantineProvider>,
  );
  expect(screen.getByRole("table", { name: "Objects by class" })).toBeTruthy();
  expect(screen.getAllByRole("row").map((row) => row.textContent)).toEqual([
    "ClassObjectsImages",
    "class 0100",
    "class 191",
    "class 282",
  ]);
  await userEvent.click(screen.getByRole("button", { name: "Show all 5" }));
  expect(screen.getAllByRole("row")).toHaveLength(6);
});
