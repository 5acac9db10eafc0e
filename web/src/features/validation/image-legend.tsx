import type { ImageDetail, Task } from "../../api/types";
import { KeypointDot, LegendLine } from "../../components/object-shape";
import { classColor } from "../../lib/class-color";
import { t } from "../../lib/i18n-validation";
import { SURE } from "../../lib/shape-paths";
import classes from "./image-view.module.css";

const LINES = [
  { label: "image.legend.found", color: "var(--box-found)", mark: "" },
  { label: "image.legend.correct", color: "var(--box-correct)", dash: "prediction", mark: "✓" },
  { label: "image.legend.missed", color: "var(--box-missed)", weight: "strong", mark: "○" },
  { label: "image.legend.wrong", color: "var(--box-wrong)", dash: "wrong", mark: "✕" },
] as const;
const GREY = "var(--box-ignored)";

/** What lines, colours and dots mean. */
export function ImageLegend({ image, task }: { image: ImageDetail; task: Task }) {
  return (
    <>
      <ul className={classes.legend} aria-label={t("image.legend")}>
        {LINES.map(({ label, mark, ...look }) => (
          <li key={label}>
            <LegendLine {...look} />
            {mark} {t(label)}
          </li>
        ))}
      </ul>
      {task === "pose" ? <KeypointsLegend names={image.keypoints?.names ?? []} /> : null}
    </>
  );
}

function KeypointsLegend({ names }: { names: readonly string[] }) {
  return (
    <ul className={classes.legend} aria-label={t("image.legendKeypoints")}>
      <li>
        <KeypointDot color={GREY} />
        {t("image.legend.truth")}
      </li>
      <li>
        <KeypointDot color={GREY} square />
        {t("image.legend.prediction")}
      </li>
      <li>
        <KeypointDot color={GREY} hollow />
        {t("image.legend.hidden")}
      </li>
      <li>
        <KeypointDot color={GREY} square hollow />
        {t("image.legend.unsure", { score: SURE })}
      </li>
      {names.map((name, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a keypoint is known by its place
        <li key={at}>
          <KeypointDot color={classColor(at)} />
          {name}
        </li>
      ))}
    </ul>
  );
}
