import { Button } from "@mantine/core";
import { useState } from "react";
import { ApiError } from "../../api/client";
import type { MyProject } from "../../api/types";
import { Card } from "../../components/card";
import { CopyLine } from "../../components/copy-line";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-jobs";
import { commandOf } from "./command";
import classes from "./new-job.module.css";
import type { NewJob } from "./use-new-job";

interface Props {
  form: NewJob;
  projects: readonly MyProject[];
  error: Error | null;
  pending: boolean;
}

/** What is going to be asked, as a command and as JSON, and the button that asks it. */
export function SummaryCard({ form, projects, error, pending }: Props) {
  const { body, draft, dataset, faults, read, ready, code, mayRunCode } = form;
  const [asJson, setAsJson] = useState(false);
  const wrong = Object.keys(faults).length + Object.keys(read.faults).length;
  const command = commandOf(body, {
    dataset: draft.dataset === null ? undefined : dataset?.name,
    project: projects.length > 1 ? projects.find((one) => one.id === draft.project)?.name : undefined,
  });
  return (
    <Card title={t("form.summary")} className={classes.summary ?? ""}>
      <div className={classes.form}>
        <Button type="submit" disabled={!ready} loading={pending} fullWidth data-testid="start-job">
          {t("form.start")}
        </Button>
        <span className={classes.muted} role="status" data-testid="form-state">
          {wrong > 0
            ? t("form.wrong", { count: wrong })
            : code && !mayRunCode
              ? t("form.code.mayNot")
              : t("form.right")}
        </span>
        {error ? (
          <Notice tone="bad" testId="refused">
            <RichText text={messageOf(error)} />
          </Notice>
        ) : null}
        <div className={classes.stack}>
          <span className={classes.muted}>{t("form.asCommand")}</span>
          {command ? (
            <CopyLine text={command} prompt="$" wrap />
          ) : (
            <span className={classes.muted}>{t("form.noCommand")}</span>
          )}
        </div>
        <div className={classes.stack}>
          <Button
            size="compact-xs"
            variant="subtle"
            aria-expanded={asJson}
            onClick={() => setAsJson(!asJson)}
            className={classes.toggle}
            data-testid="show-json"
          >
            {t("form.asJson")}
          </Button>
          {asJson ? <CopyLine text={JSON.stringify(body, null, 2)} wrap testId="job-json" /> : null}
        </div>
      </div>
    </Card>
  );
}

const messageOf = (error: Error): string =>
  error instanceof ApiError && error.status === 0 ? t("error.unreachable") : error.message;
