import { afterEach, expect, it, vi } from "vitest";
import { preferred } from "./language";

afterEach(() => {
  localStorage.clear();
  vi.resetModules();
});

it("takes the first language of the browser that there is", () => {
  expect(preferred(["ko-KR", "en"])).toBe("ko");
  expect(preferred(["fr", "KO", "en"])).toBe("ko");
  expect(preferred(["en-GB", "ko"])).toBe("en");
  expect(preferred(["fr-CA"])).toBe("en");
  expect(preferred([])).toBe("en");
});

it("speaks the language that was chosen, in texts, counts and dates", async () => {
  localStorage.setItem("snellen.language", "ko");
  vi.resetModules();
  const { t } = await import("./i18n");
  const { formatAgo, formatDate } = await import("./format");
  expect(t("common.cancel")).toBe("취소");
  expect(t("jobs.count", { count: 1200 })).toBe("작업 1,200개");
  expect(formatAgo(0, 120_000)).toBe("2분 전");
  expect(formatDate(Date.UTC(2026, 10, 27, 12))).toContain("2026. 11. ");
});

it("does not believe a remembered language that it does not have", async () => {
  localStorage.setItem("snellen.language", "constructor");
  vi.resetModules();
  const { language } = await import("./language");
  expect(language).toBe("en");
});
