import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ImportPhases } from "./import-phases";

it("counts bytes while it unpacks and images while it reads", () => {
  const { rerender } = render(<ImportPhases phase="extracting" done={500_000} total={2_000_000} />);
  const present = () => screen.getAllByRole("listitem").find((item) => item.getAttribute("aria-current"));
  expect(present()?.textContent).toBe("Unpacking500 KB of 2.0 MB, 25%");
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
  rerender(<ImportPhases phase="reading" done={30} total={0} />);
  expect(present()?.textContent).toBe("Reading and checking30 images");
  expect(screen.queryByRole("progressbar")).toBeNull();
});
