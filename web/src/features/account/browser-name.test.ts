import { expect, it } from "vitest";
import { browserName } from "./browser-name";

const MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko)";

it("names browser and system", () => {
  expect(browserName(`${MAC} Version/17.5 Safari/605.1.15`)).toBe("Safari on macOS");
  expect(browserName("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")).toBe(
    "Firefox on Linux",
  );
});

it("isn't taken in by browsers that call themselves by others' names", () => {
  expect(browserName(`${MAC} Chrome/126.0 Safari/537.36 Edg/126.0`)).toBe("Edge on macOS");
  expect(browserName(`${MAC} Chrome/126.0 Safari/537.36`)).toBe("Chrome on macOS");
});

it("shows what it doesn't know, cut, and says when there is nothing", () => {
  expect(browserName("curl/8.5")).toBe("curl/8.5");
  expect(browserName("x".repeat(500))).toHaveLength(60);
  expect(browserName(null)).toBe("unknown browser");
});
