import { Button, NativeSelect, Switch, TextInput } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { logDownload } from "../../api/job-logs";
import type { LogMatches } from "../../api/types";
import { Icon } from "../../components/icon";
import { ToolButton } from "../../components/tool-button";
import { t } from "../../lib/i18n";
import type { LogSearch } from "../../lib/log-search";
import { useKeys } from "../../lib/use-keys";
import classes from "./logs.module.css";

interface Props {
  jobId: number;
  text: string;
  onText: (text: string) => void;
  matches: LogMatches | undefined;
  /** The match that is pointed at, counted from 0; -1: none. */
  match: number;
  onStep: (by: number) => void;
  level: LogSearch["level"];
  onLevel: (level: LogSearch["level"]) => void;
  onLine: (line: number) => void;
  wrap: boolean;
  onWrap: (wrap: boolean) => void;
}

export function LogTools(props: Props) {
  const { jobId, text, onText, matches, match, onStep, level, onLevel, onLine, wrap, onWrap } = props;
  const none = !matches || matches.lines.length === 0;
  useKeys([
    ["n", () => onStep(1), t("logs.next")],
    ["N", () => onStep(-1), t("logs.previous")],
  ]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") onText("");
  };
  return (
    <div className={classes.tools}>
      <TextInput
        size="xs"
        type="search"
        className={classes.filter ?? ""}
        leftSection={<Icon name="search" size={14} />}
        placeholder={t("logs.search")}
        aria-label={t("logs.search")}
        value={text}
        maxLength={200}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        data-search
        data-testid="log-search"
      />
      {text === "" ? null : (
        <span className={classes.matches}>
          <span role="status" data-testid="log-matches">
            {matches ? matchText(matches, match) : t("common.loading")}
          </span>
          <ToolButton label={t("logs.previous")} icon="up" disabled={none} onClick={() => onStep(-1)} />
          <ToolButton label={t("logs.next")} icon="down" disabled={none} onClick={() => onStep(1)} />
        </span>
      )}
      <NativeSelect
        size="xs"
        aria-label={t("logs.level")}
        value={level ?? ""}
        onChange={(event) => onLevel((event.currentTarget.value || undefined) as LogSearch["level"])}
        data={[
          { value: "", label: t("logs.level.all") },
          { value: "warning", label: t("logs.level.warning") },
          { value: "error", label: t("logs.level.error") },
        ]}
        data-testid="log-level"
      />
      <LineField onLine={onLine} />
      <Switch
        size="xs"
        label={t("logs.wrap")}
        checked={wrap}
        onChange={(event) => onWrap(event.currentTarget.checked)}
      />
      <Button
        component="a"
        href={logDownload(jobId)}
        download={`job-${jobId}.log`}
        className={classes.download ?? ""}
        variant="default"
        size="xs"
        leftSection={<Icon name="download" size={14} />}
      >
        {t("common.download")}
      </Button>
    </div>
  );
}

function matchText(matches: LogMatches, match: number): string {
  if (matches.total === 0) return t("logs.noMatch");
  return match < 0
    ? t("logs.matches", { count: matches.total })
    : t("image.position", { index: match + 1, total: matches.total });
}

function LineField({ onLine }: { onLine: (line: number) => void }) {
  const [text, setText] = useState("");
  const line = Number(text);
  const go = () => {
    if (Number.isInteger(line) && line > 0) onLine(line);
  };
  return (
    <TextInput
      size="xs"
      className={classes.toLine ?? ""}
      inputMode="numeric"
      placeholder={t("logs.toLine")}
      aria-label={t("logs.toLine")}
      value={text}
      onChange={(event) => setText(event.currentTarget.value.replace(/\D/g, ""))}
      onKeyDown={(event) => (event.key === "Enter" ? go() : undefined)}
      data-testid="log-line"
    />
  );
}
