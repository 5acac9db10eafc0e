import { fireEvent, render } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { type KeyHandler, type KeyScope, shortcutsOf } from "./key-store";
import { useKeys } from "./use-keys";

function Keys({ of, scope }: { of: readonly KeyHandler[]; scope?: KeyScope }) {
  useKeys(of, scope);
  return null;
}

const press = (key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.body, { key, ...more });

it("hears a key, and keys one after the other", () => {
  const [jobs, next] = [vi.fn(), vi.fn()];
  render(
    <Keys
      of={[
        ["g j", jobs],
        ["j", next],
      ]}
    />,
  );
  press("j");
  expect([jobs.mock.calls.length, next.mock.calls.length]).toEqual([0, 1]);
  press("g");
  press("j");
  expect([jobs.mock.calls.length, next.mock.calls.length]).toEqual([1, 1]);
});

it("forgets the first key when another comes between", () => {
  const jobs = vi.fn();
  render(<Keys of={[["g j", jobs]]} />);
  for (const key of ["g", "x", "j"]) press(key);
  expect(jobs).not.toHaveBeenCalled();
});

it("hears nothing while somebody types, holds Control, or has answered the key already", () => {
  const heard = vi.fn();
  const view = render(
    <>
      <Keys of={[["d", heard]]} />
      <input aria-label="text" />
      <input type="radio" aria-label="radio" />
      <button type="button" onKeyDown={(event) => event.preventDefault()}>
        b
      </button>
    </>,
  );
  fireEvent.keyDown(view.getByLabelText("text"), { key: "d" });
  fireEvent.keyDown(view.getByRole("button"), { key: "d" });
  press("d", { ctrlKey: true });
  expect(heard).not.toHaveBeenCalled();
  fireEvent.keyDown(view.getByLabelText("radio"), { key: "d" });
  expect(heard).toHaveBeenCalledTimes(1);
});

it("hears the key of a Hangul keyboard, and with Caps Lock", () => {
  const heard = vi.fn();
  render(<Keys of={[["d", heard]]} />);
  press("ㅇ", { code: "KeyD" });
  press("D", { code: "KeyD" });
  expect(heard).toHaveBeenCalledTimes(2);
  press("D", { code: "KeyD", shiftKey: true });
  expect(heard).toHaveBeenCalledTimes(2);
});

it("lets a page's key win over the app's, and rests the app's under a dialog", () => {
  const [page, app, help] = [vi.fn(), vi.fn(), vi.fn()];
  const all = (pageHas: boolean, dialog: boolean) => (
    <>
      {pageHas ? <Keys of={[["d", page, "Page"]]} /> : null}
      <Keys of={[["d", app, "App"]]} scope="everywhere" />
      <Keys of={[["?", help]]} scope="always" />
      {dialog ? <div role="dialog" aria-modal="true" /> : null}
    </>
  );
  const view = render(all(true, false));
  press("d");
  expect([page.mock.calls.length, app.mock.calls.length]).toEqual([1, 0]);
  expect(shortcutsOf("page")).toEqual([{ key: "d", description: "Page" }]);
  view.rerender(all(false, false));
  press("d");
  expect([page.mock.calls.length, app.mock.calls.length]).toEqual([1, 1]);
  expect(shortcutsOf("page")).toEqual([]);
  view.rerender(all(false, true));
  press("d");
  press("?");
  expect([app.mock.calls.length, help.mock.calls.length]).toEqual([1, 1]);
});
