import { NativeSelect } from "@mantine/core";
import { useListResults } from "../../api/list-results";
import type { Job } from "../../api/types";
import { Card } from "../../components/card";
import type { ComparePatch, CompareSearch } from "../../lib/compare-search";
import { t } from "../../lib/i18n-runs";
import { ChangedImages } from "./changed-images";
import classes from "./compare.module.css";

interface Props {
  jobs: readonly Job[];
  base: Job;
  search: CompareSearch;
  onChange: (patch: ComparePatch) => void;
}

/** Image by image: what a job's epoch broke and fixed against the baseline's, or against another of its own. */
export function ImagesCard({ jobs, base, search, onChange }: Props) {
  const other = jobs.find((job) => job.id === search.with) ?? jobs.find((job) => job.id !== base.id) ?? base;
  const before = useEpochs(base);
  const after = useEpochs(other);
  const epochs = {
    before: pick(before, search.baseEpoch, other === base ? before[0] : base.best_epoch),
    after: pick(after, search.epoch, other.best_epoch),
  };
  return (
    <Card
      title={t("comparing.images")}
      note={epochs.before && epochs.after ? noteOf(base, other, epochs) : null}
    >
      <div className={classes.choices}>
        <NativeSelect
          size="xs"
          label={t("comparing.imagesOf")}
          value={String(other.id)}
          onChange={(event) => onChange({ with: Number(event.currentTarget.value), epoch: undefined })}
          data={jobs.map((job) => ({ value: String(job.id), label: `${job.name} (#${job.id})` }))}
          data-testid="images-job"
        />
        <EpochSelect
          job={other}
          epochs={after}
          value={epochs.after}
          onChoose={(epoch) => onChange({ epoch })}
        />
        <EpochSelect
          job={base}
          epochs={before}
          value={epochs.before}
          onChoose={(baseEpoch) => onChange({ baseEpoch })}
        />
        <NativeSelect
          size="xs"
          label={t("comparing.sortImages")}
          value={search.sort ?? "worse"}
          onChange={(event) =>
            onChange({ sort: event.currentTarget.value === "better" ? "better" : undefined })
          }
          data={(["worse", "better"] as const).map((value) => ({
            value,
            label: t(`comparing.sort.${value}`),
          }))}
        />
      </div>
      {epochs.before && epochs.after ? (
        <ChangedImages
          before={{ job: base.id, epoch: epochs.before }}
          after={{ job: other.id, epoch: epochs.after }}
          search={search}
          onChange={onChange}
        />
      ) : (
        <p className={classes.none}>
          {t("comparing.noResult", { name: (epochs.before ? other : base).name })}
        </p>
      )}
    </Card>
  );
}

/** Epochs whose predictions are there. */
function useEpochs(job: Job): number[] {
  const { data } = useListResults(job.id);
  return (data?.items ?? []).filter((row) => row.has_predictions).map((row) => row.epoch);
}

function pick(epochs: readonly number[], wanted: number | undefined, usual: number | null | undefined) {
  if (wanted !== undefined && epochs.includes(wanted)) return wanted;
  return typeof usual === "number" && epochs.includes(usual) ? usual : epochs.at(-1);
}

interface SelectProps {
  job: Job;
  epochs: readonly number[];
  value: number | undefined;
  onChoose: (epoch: number) => void;
}

const EpochSelect = ({ job, epochs, value, onChoose }: SelectProps) => (
  <NativeSelect
    size="xs"
    label={t("comparing.epochOf", { name: job.name })}
    value={String(value ?? "")}
    disabled={epochs.length === 0}
    onChange={(event) => onChoose(Number(event.currentTarget.value))}
    data={epochs.map((epoch) => ({
      value: String(epoch),
      label: epoch === job.best_epoch ? `${epoch} (${t("comparing.bestMark")})` : String(epoch),
    }))}
  />
);

function noteOf(base: Job, other: Job, epochs: { before: number | undefined; after: number | undefined }) {
  return t("comparing.imagesNote", {
    after: other.name,
    epoch: String(epochs.after),
    before: base.name,
    baseEpoch: String(epochs.before),
  });
}
