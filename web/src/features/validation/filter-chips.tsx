import { Button } from "@mantine/core";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-images";
import { cellInWords, className } from "./image-words";
import classes from "./images.module.css";
import { NOTHING_CHOSEN, type SearchPatch, type ViewProps } from "./view-state";

interface Chip {
  text: string;
  without: SearchPatch;
}

/** What is in force, each to be removed by itself. */
export function FilterChips({ task, search, onChange, labels }: ViewProps & { labels: readonly string[] }) {
  const chips: Chip[] = [];
  const add = (text: string, without: SearchPatch) => chips.push({ text, without });
  if (search.cell) add(cellInWords(search.cell, task, labels), { cell: undefined });
  if (search.error) add(t(`errors.is.${search.error}`), { error: undefined });
  if (search.class !== undefined) {
    add(t("filters.chip.class", { name: className(search.class, labels) }), { class: undefined });
  }
  if (search.outcome) add(t(`filters.outcome.${search.outcome}`), { outcome: undefined });
  if (search.size) add(t(`filters.size.${search.size}`), { size: undefined });
  if (search.split) add(t("filters.chip.split", { name: search.split }), { split: undefined });
  if (search.text) add(t("filters.chip.text", { text: search.text }), { text: undefined });
  if (chips.length === 0) return null;
  return (
    <ul className={classes.chips} aria-label={t("filters.chips")}>
      {chips.map(({ text, without }) => (
        <li key={text}>
          <button
            type="button"
            className={classes.chip}
            aria-label={t("filters.remove", { what: text })}
            data-testid="filter-chip"
            onClick={() => onChange(without, true)}
          >
            {text}
            <Icon name="close" size={11} />
          </button>
        </li>
      ))}
      <li>
        <Button variant="subtle" size="compact-xs" onClick={() => onChange(NOTHING_CHOSEN, true)}>
          {t("images.clear")}
        </Button>
      </li>
    </ul>
  );
}
