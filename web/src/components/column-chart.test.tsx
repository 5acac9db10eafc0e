import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ColumnChart } from "./column-chart";

it("is read out as a list of labels and numbers", () => {
  const columns = [
    { label: "0", value: 2 },
    { label: "1–4", value: 1200 },
  ];
  render(<ColumnChart columns={columns} label="Objects per image" />);
  const list = screen.getByRole("list", { name: "Objects per image" });
  const spoken = [...list.querySelectorAll(".visually-hidden")].map((one) => one.textContent);
  expect(spoken).toEqual(["0: 2", "1–4: 1,200"]);
});
