import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { t } from "../lib/i18n";
import classes from "./copy-line.module.css";
import { Icon } from "./icon";

interface Props {
  text: string;
  /** What stands before it and is not copied. */
  prompt?: string;
  /** Broken into lines instead of scrolled, so that all of it is seen. */
  wrap?: boolean;
  testId?: string;
}

/** A text to read and to copy. */
export function CopyLine({ text, prompt, wrap = false, testId }: Props) {
  return (
    <div className={classes.line} data-wrap={wrap || undefined}>
      <code data-testid={testId}>
        {prompt ? (
          <span className={classes.prompt} aria-hidden="true">
            {prompt}{" "}
          </span>
        ) : null}
        {text}
      </code>
      <CopyButton value={text}>
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
