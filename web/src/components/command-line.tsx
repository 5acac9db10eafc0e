import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { t } from "../lib/i18n";
import classes from "./command-line.module.css";
import { Icon } from "./icon";

/** A shell command to read and to copy. */
export function CommandLine({ command }: { command: string }) {
  return (
    <div className={classes.line}>
      <code>
        <span className={classes.prompt} aria-hidden="true">
          ${" "}
        </span>
        {command}
      </code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("common.copied") : t("common.copy")}>
            <ActionIcon variant="subtle" color="gray" onClick={copy} aria-label={t("common.copy")}>
              <Icon name={copied ? "check" : "copy"} />
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </div>
  );
}
