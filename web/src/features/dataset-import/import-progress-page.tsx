import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiError } from "../../api/client";
import { useImport } from "../../api/get-import";
import { keys } from "../../api/keys";
import type { Import } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { Notice } from "../../components/notice";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ProblemList } from "../../components/problem-list";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-datasets";
import { sourceText, UPLOAD } from "../../lib/import-source";
import { useTitle } from "../../lib/use-title";
import classes from "./import.module.css";
import { ImportPhases } from "./import-phases";
import { ImportReport } from "./import-report";

/** How far an import is, then what it found. */
export function ImportProgressPage({ importId }: { importId: number }) {
  const query = useImport(importId);
  const client = useQueryClient();
  const made = query.data;
  const state = made?.state;
  const datasetId = made?.dataset_id;
  useTitle(made ? t("import.of", { name: made.name }) : t("import.title"));
  useEffect(() => {
    if (state === undefined || state === "running") return;
    void client.invalidateQueries({ queryKey: keys.datasets });
    void client.invalidateQueries({ queryKey: keys.imports });
    if (datasetId) void client.invalidateQueries({ queryKey: keys.dataset(datasetId) });
  }, [client, state, datasetId]);
  if (!made) {
    if (query.error instanceof ApiError && query.error.status === 404) {
      return (
        <EmptyState title={t("import.notFound", { id: String(importId) })} text={t("error.notFoundHint")} />
      );
    }
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={4} />
    );
  }
  return (
    <div data-testid="import" data-state={made.state}>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("import.of", { name: made.name })}</h1>
        <p className={classes.muted}>
          {made.source.startsWith(UPLOAD) ? sourceText(made) : <code>{made.source}</code>}
        </p>
      </div>
      <div className={classes.page}>
        {made.state === "running" ? (
          <div className={classes.narrow}>
            <Card title={t("import.running")}>
              <ImportPhases phase={made.phase} done={made.done} total={made.total} />
            </Card>
          </div>
        ) : made.state === "failed" ? (
          <Refused made={made} />
        ) : (
          <Done made={made} />
        )}
      </div>
    </div>
  );
}

function Done({ made }: { made: Import }) {
  const { dataset_id: datasetId, snapshot, is_new: isNew } = made;
  return (
    <>
      <Notice tone={isNew === false ? "plain" : "ok"}>
        <div className={classes.buttons}>
          <span>{t(isNew === false ? "import.same" : "import.done")}</span>
          {datasetId !== null ? (
            <ButtonLink
              size="xs"
              to="/datasets/$datasetId"
              params={{ datasetId }}
              search={snapshot === null ? {} : { snapshot }}
              data-testid="open-dataset"
            >
              {t("import.open")}
            </ButtonLink>
          ) : null}
        </div>
      </Notice>
      {made.report ? <ImportReport report={made.report} /> : null}
      <Problems made={made} />
    </>
  );
}

function Refused({ made }: { made: Import }) {
  return (
    <>
      <Notice tone="bad" title={t("import.refused")}>
        <p>
          <RichText text={made.error ?? ""} />
        </p>
        <p>{t(made.problem_count > 0 ? "import.refusedHint" : "import.failedHint")}</p>
        <ButtonLink
          size="xs"
          variant="default"
          to="/datasets/import"
          search={{ source: made.source, name: made.name, project: made.project_id }}
        >
          {t("import.tryAgain")}
        </ButtonLink>
      </Notice>
      <Problems made={made} />
    </>
  );
}

function Problems({ made }: { made: Import }) {
  const { problems, problem_count: count } = made;
  if (problems.length === 0) {
    return made.state === "completed" ? (
      <Card title={t("problems.title")}>
        <p className={classes.muted}>{t("problems.none")}</p>
      </Card>
    ) : null;
  }
  const errors = problems.filter((one) => one.severity === "error");
  const ordered = [...errors, ...problems.filter((one) => one.severity !== "error")];
  return (
    <Card
      title={t("problems.title")}
      note={
        count > problems.length
          ? t("problems.first", { shown: problems.length, count })
          : t("problems.count", { count })
      }
      flush
    >
      <ProblemList problems={ordered} />
    </Card>
  );
}
