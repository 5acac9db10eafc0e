import { Link } from "@tanstack/react-router";
import { type ResultRef, useResultChanges } from "../../api/result-changes";
import type { ImageChange, ImageChanges } from "../../api/types";
import { ChoiceRow } from "../../components/choice-row";
import { LoadMore } from "../../components/load-more";
import { ErrorState, Loading } from "../../components/page-state";
import { ThumbnailFrame } from "../../components/thumbnail-frame";
import frames from "../../components/thumbnail-frame.module.css";
import { type ComparePatch, type CompareSearch, FATES } from "../../lib/compare-search";
import { formatCount } from "../../lib/format";
import { t } from "../../lib/i18n-runs";
import classes from "./compare.module.css";

interface Props {
  before: ResultRef;
  after: ResultRef;
  search: CompareSearch;
  onChange: (patch: ComparePatch) => void;
}

export function ChangedImages({ before, after, search, onChange }: Props) {
  const query = useResultChanges(before, after, { kind: search.fate, sort: search.sort });
  const first = query.data?.pages[0];
  if (!first) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} title={t("comparing.noImages")} />
    ) : (
      <Loading rows={2} height={110} />
    );
  }
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const { images } = first;
  const all = FATES.reduce((sum, fate) => sum + images[fate], 0);
  return (
    <div data-testid="changes" aria-busy={query.isPlaceholderData}>
      <p className={classes.words}>{objectsOf(first)}</p>
      <ChoiceRow
        label={t("comparing.fates")}
        choices={[
          { value: undefined, label: t("comparing.fate.all", { count: all }) },
          ...FATES.map((value) => ({ value, label: t(`comparing.fate.${value}`, { count: images[value] }) })),
        ]}
        chosen={search.fate}
        onChoose={(fate) => onChange({ fate })}
        testId="compare-fate"
      />
      {items.length === 0 ? <p className={classes.none}>{t("comparing.imagesNone")}</p> : null}
      <div className={frames.grid}>
        {items.map((item) => (
          <ChangedCard key={item.image_id} item={item} after={after} />
        ))}
      </div>
      <LoadMore query={query} />
    </div>
  );
}

function objectsOf({ objects, conf, iou, only_before, only_after }: ImageChanges): string {
  const { broken, fixed, never, always } = objects;
  const said = t("comparing.imagesText", {
    total: broken + fixed + never + always,
    fixed,
    broken,
    conf: conf.toFixed(2),
    iou: iou.toFixed(2),
  });
  const left = only_before + only_after;
  return left > 0 ? `${said} ${t("comparing.onlyIn", { count: left })}` : said;
}

/** An image, what became of it, and its misses and false positives before and now. */
function ChangedCard({ item, after }: { item: ImageChange; after: ResultRef }) {
  const { path, change, before, after: now } = item;
  return (
    <Link
      to="/jobs/$jobId/validation"
      params={{ jobId: after.job }}
      search={{ epoch: after.epoch, image: item.image_id }}
      className={frames.card}
      title={path}
      data-testid="changed-image"
      data-image-id={item.image_id}
    >
      <span className="visually-hidden">
        {t("comparing.cardLabel", {
          path,
          fate: t(`comparing.is.${change}`),
          before: t("comparing.was", { fn: before.fn, fp: before.fp }),
          now: t("comparing.was", { fn: now.fn, fp: now.fp }),
        })}
      </span>
      <ThumbnailFrame url={item.url}>
        <span className={classes.fate} data-fate={change} aria-hidden="true">
          {t(`comparing.is.${change}`)}
        </span>
      </ThumbnailFrame>
      <span className={frames.caption} aria-hidden="true">
        <span className={frames.name}>{path.split("/").pop()}</span>
        <span className={classes.change}>
          <Wrong fn={before.fn} fp={before.fp} /> → <Wrong fn={now.fn} fp={now.fp} />
        </span>
      </span>
    </Link>
  );
}

/** Misses and false positives in the signs of the images' grid; a check mark where there are none. */
const Wrong = ({ fn, fp }: { fn: number; fp: number }) => (
  <span>{fn + fp === 0 ? "✓" : `○${formatCount(fn)} ✕${formatCount(fp)}`}</span>
);
