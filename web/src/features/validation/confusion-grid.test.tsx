import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import type { ConfusionMatrix } from "../../api/types";
import { addKeys } from "../../lib/key-store";
import type { Cell } from "./confusion-cells";
import { ConfusionGrid } from "./confusion-grid";
import { paintingOf } from "./confusion-painting";

const matrix: ConfusionMatrix = {
  labels: ["3", "8", "background"],
  cells: [
    [0, 0, 20],
    [0, 1, 12],
    [1, 2, 1],
  ],
  truncated: false,
};

function show() {
  const selected: (Cell | null)[] = [];
  render(
    <ConfusionGrid
      painting={paintingOf(matrix, "counts")}
      selected={null}
      onSelect={(cell) => selected.push(cell)}
      goTo={null}
      stamp={{ epoch: "3" }}
    />,
  );
  return selected;
}

it("names every cell in words and shows its count", () => {
  show();
  const cell = screen.getByTestId("cell-0-1");
  expect(cell.textContent).toBe("12");
  expect(cell.getAttribute("aria-label")).toBe(
    "true 3, predicted 8: 12 pairs; 38% of its row, 100% of its column",
  );
  expect(screen.getAllByRole("gridcell")).toHaveLength(9);
  expect(screen.getByTestId("cell-2-0").textContent).toBe("0");
});

it("tells which cell was clicked", async () => {
  const selected = show();
  await userEvent.click(screen.getByTestId("cell-1-2"));
  expect(selected).toEqual([[1, 2]]);
});

it("can be walked with the keyboard alone", async () => {
  const selected = show();
  await userEvent.tab();
  expect(document.activeElement).toBe(screen.getByTestId("cell-0-0"));
  await userEvent.keyboard("{ArrowRight}{ArrowDown}");
  expect(document.activeElement).toBe(screen.getByTestId("cell-1-1"));
  await userEvent.keyboard("{Enter}{Escape}");
  expect(selected).toEqual([[1, 1], null]);
});

it("keeps its letters from those who listen on the whole page", async () => {
  const heard: string[] = [];
  const handlers = (["n", "p"] as const).map((key) => [key, () => heard.push(key)] as const);
  const remove = addKeys({ scope: "everywhere", handlers: () => handlers });
  show();
  await userEvent.keyboard("n");
  expect(heard).toEqual(["n"]);
  await userEvent.tab();
  await userEvent.keyboard("np");
  remove();
  expect(heard).toEqual(["n"]);
});

it("goes to the next largest mistake and back", async () => {
  show();
  await userEvent.tab();
  await userEvent.keyboard("n");
  expect(document.activeElement).toBe(screen.getByTestId("cell-0-1"));
  await userEvent.keyboard("n");
  expect(document.activeElement).toBe(screen.getByTestId("cell-1-2"));
  await userEvent.keyboard("p");
  expect(document.activeElement).toBe(screen.getByTestId("cell-0-1"));
});

it("says of which epoch it is", () => {
  show();
  expect(screen.getByTestId("confusion-grid").dataset.epoch).toBe("3");
});

it("shows shares of the row when asked", () => {
  render(
    <ConfusionGrid
      painting={paintingOf(matrix, "rows")}
      selected={[0, 1]}
      onSelect={null}
      goTo={null}
      stamp={{}}
    />,
  );
  expect(screen.getByTestId("cell-0-0").textContent).toBe(".63");
  expect(screen.getByTestId("cell-0-1").getAttribute("aria-selected")).toBe("true");
});
