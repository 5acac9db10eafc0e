import type { DatasetImage, DatasetObject } from "../../api/types";
import { KeypointDot } from "../../components/object-shape";
import { ProblemList } from "../../components/problem-list";
import { classColor } from "../../lib/class-color";
import { formatBytes, formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import classes from "./dataset-image.module.css";

interface Props {
  image: DatasetImage;
  isClassification: boolean;
  hovered: number | null;
  pinned: number | null;
  onHover: (objectId: number | null) => void;
  onPin: (objectId: number) => void;
}

/** Everything known about the image, in words and figures. */
export function ImageSide(props: Props) {
  const { image, isClassification } = props;
  return (
    <aside className={classes.side} aria-label={t("image.about")}>
      {isClassification ? <ClassName objects={image.objects} /> : <Objects {...props} />}
      {image.problems.length > 0 ? (
        <section data-testid="image-problems">
          <h2>
            {t("problems.title")} <small>{image.problems.length}</small>
          </h2>
          <ProblemList problems={image.problems} />
        </section>
      ) : null}
      <h2>{t("image.file")}</h2>
      <dl className={classes.facts}>
        {factsOf(image).map(([label, value]) => (
          <Fact key={label} label={label} value={value} />
        ))}
      </dl>
      <p className={classes.keys}>{t(isClassification ? "image.keysClass" : "image.keys")}</p>
    </aside>
  );
}

function ClassName({ objects }: { objects: readonly DatasetObject[] }) {
  return (
    <p className={classes.class} data-testid="image-class">
      <small>{t("dataset.class")}</small>
      {objects.map((one) => one.class_name).join(", ") || t("images.noClass")}
    </p>
  );
}

function Objects({ image, hovered, pinned, onHover, onPin }: Props) {
  const hasHidden = image.objects.some((one) => one.keypoints?.some((point) => point[2] === 1));
  return (
    <section>
      <h2>
        {t("image.objects")} <small>{formatCount(image.objects.length)}</small>
      </h2>
      {image.objects.length === 0 ? <p className={classes.none}>{t("image.noTruth")}</p> : null}
      {hasHidden ? <KeypointLegend /> : null}
      {image.objects.length > 0 ? (
        <table className="table" data-testid="object-list">
          <thead>
            <tr>
              <th>{t("dataset.class")}</th>
              <th className="number">{t("object.size")}</th>
              <th className="number">{t("object.area")}</th>
            </tr>
          </thead>
          <tbody>
            {image.objects.map((object) => (
              <tr
                key={object.object_id}
                data-hovered={hovered === object.object_id || undefined}
                data-pinned={pinned === object.object_id || undefined}
                onPointerEnter={() => onHover(object.object_id)}
                onPointerLeave={() => onHover(null)}
              >
                <td>
                  <button
                    type="button"
                    className={classes.object}
                    aria-pressed={pinned === object.object_id}
                    onClick={() => onPin(object.object_id)}
                    onFocus={() => onHover(object.object_id)}
                    onBlur={() => onHover(null)}
                  >
                    <span
                      className={classes.swatch}
                      style={{ background: classColor(object.class_id) }}
                      aria-hidden="true"
                    />
                    <span>{object.class_name}</span>
                    {object.iscrowd ? <span className={classes.tag}>{t("object.crowd")}</span> : null}
                  </button>
                </td>
                <td className="number">
                  {Math.round(object.w)} × {Math.round(object.h)}
                </td>
                <td className="number">{formatCount(Math.round(object.area))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </section>
  );
}

/** Seen keypoints are full, hidden ones are rings. */
function KeypointLegend() {
  return (
    <ul className={classes.legend}>
      {(["seen", "hidden"] as const).map((kind) => (
        <li key={kind}>
          <KeypointDot color="var(--box-correct)" hollow={kind === "hidden"} />
          {t(`object.${kind}`)}
        </li>
      ))}
    </ul>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function factsOf(image: DatasetImage): [label: string, value: string][] {
  const facts: [string, string][] = [
    [t("image.split"), image.split],
    [t("image.size"), `${formatCount(image.width)} × ${formatCount(image.height)} px`],
    [t("image.bytes"), formatBytes(image.bytes)],
    [t("image.type"), image.content_type],
    [t("image.sha"), image.sha256],
  ];
  // 1 is upright; the others are turned for showing.
  if (image.orientation > 1) facts.splice(2, 0, [t("image.orientation"), String(image.orientation)]);
  return facts;
}
