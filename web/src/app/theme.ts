import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The green-blue of an eye test's lens; shade 7 carries white text, shade 4 reads on black. */
const lens: MantineColorsTuple = [
  "#e8f6f6",
  "#d2eaeb",
  "#a5d5d7",
  "#74bfc3",
  "#4cadb2",
  "#2f9ba1",
  "#1a858b",
  "#0f6d73",
  "#0b5a5f",
  "#07474b",
];

/** The greys of the dark scheme, in the tint of tokens.css: 0 is text, 4 borders, 6 fields, 7 the page. */
const dark: MantineColorsTuple = [
  "#e6ecec",
  "#b8c4c4",
  "#97a5a6",
  "#6f7d7e",
  "#40494a",
  "#2a3233",
  "#1e2425",
  "#161b1c",
  "#0f1314",
  "#0a0d0e",
];

export const theme = createTheme({
  primaryColor: "lens",
  primaryShade: { light: 7, dark: 6 },
  colors: { dark, lens },
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK KR", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  lineHeights: { md: "1.45" },
  defaultRadius: "sm",
  radius: { sm: "6px", md: "8px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
});

/** Mantine's own surfaces take the colours of tokens.css. */
export const variables: CSSVariablesResolver = () => {
  const shared = {
    "--mantine-color-body": "var(--bg)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--muted)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-border": "var(--border)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-red-outline": "var(--bad)",
    "--mantine-color-red-text": "var(--bad)",
    "--mantine-color-error": "var(--bad)",
  };
  // Mantine's own red on black is all but white; of the lens only from shade 7 on white can be read.
  const dark = {
    ...shared,
    "--mantine-color-red-light-color": "var(--bad)",
    "--mantine-primary-color-filled": "var(--mantine-color-lens-7)",
    "--mantine-color-lens-filled": "var(--mantine-color-lens-7)",
  };
  return { variables: {}, light: shared, dark };
};
