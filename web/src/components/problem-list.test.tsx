import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ProblemList } from "./problem-list";

const problems = [
  { severity: "error", code: "outside", message: "got class 7", file: "labels/a.txt", line: 3 },
  { severity: "warning", code: "names_repeated", message: "`cat` twice", file: null, line: null },
];

it("says how grave each problem is, in words, and where it is", () => {
  render(<ProblemList problems={problems} />);
  const [first, second] = screen.getAllByRole("listitem").map((item) => item.textContent);
  expect(first).toContain("Error");
  expect(first).toContain("labels/a.txt:3 · outside");
  expect(second).toContain("Warning");
  expect(second).toContain("cat twice");
});

it("has room for a link at the end of a row", () => {
  render(<ProblemList problems={problems} hideCode extra={({ code }) => <a href="/">{`see ${code}`}</a>} />);
  expect(screen.getByRole("link", { name: "see outside" })).toBeTruthy();
  expect(screen.queryByText(/names_repeated$/)?.tagName).toBe("A");
});
