import { Button } from "@mantine/core";
import { useRef, useState } from "react";
import { labelErrorsCsv, SUSPECTS_A_PAGE, useLabelErrors } from "../../api/label-errors";
import type { LabelErrors, SuspectKind } from "../../api/types";
import { Card } from "../../components/card";
import { ChoiceRow } from "../../components/choice-row";
import { Icon } from "../../components/icon";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { ToolButton } from "../../components/tool-button";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-images";
import { around, regionText } from "../../lib/region";
import { useInView } from "../../lib/use-in-view";
import classes from "./label-errors.module.css";
import { SuspectCard } from "./suspect-card";
import { errorIou, hasPlace, overlapName, thresholdsOf, type ViewProps } from "./view-state";

const KINDS = ["class", "missing", "spurious", "place"] as const satisfies SuspectKind[];

interface Props extends ViewProps {
  jobId: number;
  epoch: number;
}

/** Labels that the model contradicts where it is usually right. Looked for when somebody comes near. */
export function LabelErrorsCard({ jobId, epoch, task, search, onChange }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const near = useInView(host);
  const [kind, setKind] = useState<SuspectKind>();
  const [page, setPage] = useState(0);
  const placed = hasPlace(task);
  const filter = { iou: errorIou(thresholdsOf(search, task).iou), kind };
  const query = useLabelErrors(jobId, epoch, filter, page, near);
  const { data } = query;
  const choose = (next: SuspectKind | undefined) => {
    setKind(next);
    setPage(0);
  };
  return (
    <div ref={host}>
      <Card
        title={t("suspects.title")}
        note={
          placed
            ? t("suspects.note", { name: overlapName(task), iou: filter.iou.toFixed(2) })
            : t("suspects.noteWhole")
        }
        actions={
          data && data.total > 0 ? (
            <Button
              component="a"
              href={labelErrorsCsv(jobId, epoch, filter)}
              download
              variant="default"
              size="compact-sm"
              leftSection={<Icon name="download" size={14} />}
              data-testid="suspects-csv"
            >
              {t("suspects.export")}
            </Button>
          ) : null
        }
      >
        {data ? (
          <div className={classes.content} data-stale={query.isPlaceholderData || undefined}>
            {placed ? <Kinds data={data} kind={kind} onChoose={choose} /> : null}
            {data.total === 0 ? (
              <EmptyState title={t(kind ? "suspects.noneOfKind" : "suspects.none")} />
            ) : (
              <>
                <p className={classes.hint}>{t("suspects.hint")}</p>
                <ul className={classes.list} data-testid="suspects">
                  {data.items.map((item) => (
                    <li key={`${item.image_id} ${item.object_id} ${item.prediction_id}`}>
                      <SuspectCard
                        item={item}
                        task={task}
                        onOpen={() => onChange({ image: item.image_id, at: regionOf(item) }, true)}
                      />
                    </li>
                  ))}
                </ul>
                <Pager page={page} total={data.total} onPage={setPage} />
              </>
            )}
          </div>
        ) : query.isError ? (
          <ErrorState error={query.error} retry={() => void query.refetch()} />
        ) : near ? (
          <Loading rows={2} height={120} />
        ) : (
          <div className={classes.unasked} />
        )}
      </Card>
    </div>
  );
}

interface KindsProps {
  data: LabelErrors;
  kind: SuspectKind | undefined;
  onChoose: (kind: SuspectKind | undefined) => void;
}

function Kinds({ data, kind, onChoose }: KindsProps) {
  const total = KINDS.reduce((sum, name) => sum + (data.counts[name] ?? 0), 0);
  return (
    <ChoiceRow
      label={t("suspects.kinds")}
      chosen={kind}
      onChoose={onChoose}
      testId="suspect-kind"
      choices={[
        { value: undefined, label: `${t("suspects.all")} ${formatCount(total)}` },
        ...KINDS.map((value) => ({
          value,
          label: `${t(`suspects.is.${value}`)} ${formatCount(data.counts[value] ?? 0)}`,
        })),
      ]}
    />
  );
}

interface PagerProps {
  page: number;
  total: number;
  onPage: (page: number) => void;
}

function Pager({ page, total, onPage }: PagerProps) {
  const from = page * SUSPECTS_A_PAGE;
  const to = Math.min(total, from + SUSPECTS_A_PAGE);
  return (
    <nav className={classes.pager} aria-label={t("suspects.count", { count: total })}>
      <ToolButton
        label={t("suspects.previous")}
        icon="left"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      />
      <span data-testid="suspects-page">{t("suspects.page", { from: from + 1, to, total })}</span>
      <ToolButton
        label={t("suspects.next")}
        icon="right"
        disabled={to >= total}
        onClick={() => onPage(page + 1)}
      />
    </nav>
  );
}

/** Where to look; a picture that is classified as a whole is shown whole. */
function regionOf({ truth, prediction }: LabelErrors["items"][number]): string | undefined {
  const boxes = [truth, prediction].filter((box) => box !== null);
  return boxes.length > 0 ? regionText(around(boxes)) : undefined;
}
