import { ActionIcon, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Icon } from "../components/icon";
import { t } from "../lib/i18n";
import { useKeys } from "../lib/use-keys";

const ShortcutsSheet = lazy(() => import("./shortcuts-sheet"));

/** The app's own keys, and the button of the sheet that lists all that are heard now. */
export function Shortcuts({ known }: { known: boolean }) {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  useKeys([["?", () => setOpen((old) => !old), t("keys.help")]], "always");
  useKeys(
    [
      ...(known
        ? ([
            ["g j", () => void navigate({ to: "/" }), t("keys.jobs")],
            ["g d", () => void navigate({ to: "/datasets" }), t("keys.datasets")],
            ["g q", () => void navigate({ to: "/queue" }), t("keys.queue")],
            ["n", () => void navigate({ to: "/jobs/new" }), t("keys.newJob")],
          ] as const)
        : []),
      ["/", focusSearch, t("keys.search")],
      ["d", () => setColorScheme(scheme === "dark" ? "light" : "dark"), t("keys.dark")],
    ],
    "everywhere",
  );
  return (
    <>
      <Tooltip label={t("keys.open")}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("keys.open")}
          aria-haspopup="dialog"
          data-testid="shortcuts"
          onClick={() => setOpen(true)}
        >
          <Icon name="keyboard" />
        </ActionIcon>
      </Tooltip>
      <Suspense>{open ? <ShortcutsSheet onClose={() => setOpen(false)} /> : null}</Suspense>
    </>
  );
}

/** The page's first field for searching; a page that has several marks the one it means. */
function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>(
    "main [data-search]:is(input), main [data-search] input, main input[type='search']",
  );
  field?.focus();
  field?.select();
}
