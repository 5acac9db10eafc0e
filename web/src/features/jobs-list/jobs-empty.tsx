import { CommandLine } from "../../components/command-line";
import { EmptyState } from "../../components/page-state";
import { t } from "../../lib/i18n";
import classes from "./jobs-page.module.css";

export function JobsEmpty() {
  return (
    <div className={classes.empty}>
      <EmptyState title={t("jobs.emptyTitle")} text={t("jobs.emptyText")} />
      <div className={classes.steps}>
        <p>{t("jobs.emptyDemo")}</p>
        <CommandLine command="snellen demo" />
        <p>{t("jobs.emptyImport")}</p>
        <CommandLine command="snellen datasets import ./street-signs" />
        <p>{t("jobs.emptyTrain")}</p>
        <CommandLine command="snellen train --dataset street-signs --model yolo11n.pt --epochs 50" />
      </div>
    </div>
  );
}
