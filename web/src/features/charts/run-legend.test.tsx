import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { ChartRun } from "../../lib/chart-runs";
import { makeChartView } from "../../lib/chart-view";
import { RunLegend } from "./run-legend";

const runs = ["first", "second"].map(
  (name): ChartRun => ({ id: name, name, bestEpoch: null, series: [], live: false, finer: null }),
);

function shown(hidden: ReadonlySet<string>) {
  const view = makeChartView();
  const onToggle = vi.fn();
  render(
    <MantineProvider>
      <RunLegend runs={runs} hidden={hidden} onToggle={onToggle} view={view} />
    </MantineProvider>,
  );
  return { view, onToggle };
}

it("lets the run that is pointed at, or has the focus, stand out in all charts", async () => {
  const { view } = shown(new Set());
  const user = userEvent.setup();
  await user.hover(screen.getByRole("button", { name: "Hide first" }));
  expect(view.lit.get()).toBe("first");
  await user.unhover(screen.getByRole("button", { name: "Hide first" }));
  expect(view.lit.get()).toBeNull();
  await user.tab();
  await user.tab();
  expect(view.lit.get()).toBe("second");
});

it("hides and shows runs by a click, and dims nothing for one that is hidden", async () => {
  const { view, onToggle } = shown(new Set(["second"]));
  const button = screen.getByRole("button", { name: "Show second" });
  expect(button.getAttribute("aria-pressed")).toBe("false");
  await userEvent.click(button);
  expect(onToggle).toHaveBeenCalledWith("second");
  expect(view.lit.get()).toBeNull();
});
