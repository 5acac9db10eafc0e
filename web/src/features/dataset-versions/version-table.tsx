import { Button } from "@mantine/core";
import { exportUrl } from "../../api/get-dataset";
import type { DatasetDetail } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { Card } from "../../components/card";
import { formatBytes, formatCount, formatDate } from "../../lib/format";
import { t } from "../../lib/i18n-datasets";
import { shortHash } from "../../lib/snapshot-text";
import classes from "./versions.module.css";

const FORMATS = ["yolo", "coco"] as const;

interface Props {
  dataset: DatasetDetail;
  /** Hash of the version that the other tabs show. */
  shown: string;
  /** Null: the only version can't go without the dataset, and who only looks deletes none. */
  onDelete: ((hash: string) => void) | null;
  mayExport: boolean;
}

export function VersionTable({ dataset, shown, onDelete, mayExport }: Props) {
  return (
    <Card title={t("versions.title")} note={t("versions.note")} flush>
      <div className="scroll-x">
        <table className={`table ${classes.versions}`}>
          <thead>
            <tr>
              <th>{t("versions.version")}</th>
              <th className="number">{t("versions.imported")}</th>
              <th className="number">{t("dataset.images")}</th>
              <th className="number">{t("dataset.objects")}</th>
              <th className="number">{t("spec.classes")}</th>
              <th className="number">{t("problems.title")}</th>
              <th className="number">{t("dataset.size")}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {dataset.snapshots.map((one) => (
              <tr key={one.id} data-testid="version" data-hash={one.hash}>
                <td className={classes.date}>
                  <code>{shortHash(one.hash)}</code>
                  {one.hash === dataset.latest?.hash ? (
                    <span className={classes.tag}>{t("dataset.latest")}</span>
                  ) : null}
                  {one.hash === shown && dataset.snapshots.length > 1 ? (
                    <span className={classes.tag}>{t("versions.shown")}</span>
                  ) : null}
                </td>
                <td className={`number ${classes.date}`}>{formatDate(one.created_at)}</td>
                <td className="number" data-unit={t("versions.imagesUnit", { count: one.images.total })}>
                  {formatCount(one.images.total)}
                </td>
                <td className="number">{formatCount(one.objects)}</td>
                <td className="number">{formatCount(one.class_names.length)}</td>
                <td className="number">{formatCount(one.problem_count)}</td>
                <td className="number">{formatBytes(one.bytes)}</td>
                <td>
                  <div className={classes.actions}>
                    <ButtonLink
                      variant="default"
                      size="compact-xs"
                      to="/datasets/$datasetId"
                      params={{ datasetId: dataset.id }}
                      search={one.hash === dataset.latest?.hash ? {} : { snapshot: one.hash }}
                    >
                      {t("versions.look")}
                    </ButtonLink>
                    {(mayExport ? FORMATS : []).map((format) => (
                      <Button
                        key={format}
                        component="a"
                        variant="default"
                        size="compact-xs"
                        href={exportUrl(dataset.id, one.hash, format)}
                        download
                        data-testid={`export-${format}`}
                      >
                        {t(`versions.export.${format}`)}
                      </Button>
                    ))}
                    {onDelete ? (
                      <Button
                        variant="subtle"
                        color="red"
                        size="compact-xs"
                        onClick={() => onDelete(one.hash)}
                        data-testid="delete-version"
                      >
                        {t("versions.delete")}
                      </Button>
                    ) : null}
                  </div>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
