import { Button, TextInput } from "@mantine/core";
import type { JobKinds } from "../../api/types";
import { FilterMenu, type FilterOption } from "../../components/filter-menu";
import { Icon } from "../../components/icon";
import { SortField } from "../../components/sort-field";
import { t } from "../../lib/i18n-jobs";
import {
  FILTERS,
  isFiltered,
  type JobFilter,
  type JobsPatch,
  type JobsSearch,
  listOf,
  SORTS,
  usualOrder,
} from "../../lib/jobs-search";
import { useTyped } from "../../lib/use-typed";
import classes from "./job-filters.module.css";

const SETTLED_MS = 300;

interface Props {
  search: JobsSearch;
  kinds: JobKinds | undefined;
  onChange: (patch: JobsPatch) => void;
}

export function JobFilters({ search, kinds, onChange }: Props) {
  const sort = search.sort ?? "created";
  const order = search.order ?? usualOrder(sort);
  return (
    <search className={classes.filters} aria-label={t("list.filters")}>
      <SearchField value={search.search ?? ""} onChange={(text) => onChange({ search: text })} />
      {FILTERS.map((name) => (
        <FilterMenu
          key={name}
          label={t(`list.filter.${name}`)}
          chosenLabel={t("list.filtered", {
            name: t(`list.filter.${name}`),
            count: listOf(search[name]).length,
          })}
          clearLabel={t("list.clear")}
          options={optionsOf(kinds, name)}
          value={listOf(search[name])}
          onChange={(value) => onChange({ [name]: value.join(",") || undefined })}
          testId={`filter-${name}`}
        />
      ))}
      {isFiltered(search) ? (
        <Button
          size="xs"
          variant="subtle"
          onClick={() =>
            onChange(Object.fromEntries([...FILTERS, "search"].map((name) => [name, undefined])))
          }
          data-testid="clear-filters"
        >
          {t("list.clearAll")}
        </Button>
      ) : null}
      <SortField
        options={SORTS.map((value) => ({ value, label: t(`list.sort.${value}`) }))}
        value={sort}
        down={order === "desc"}
        onSort={(value) => {
          const chosen = SORTS.find((one) => one === value);
          onChange({ sort: chosen === "created" ? undefined : chosen, order: undefined });
        }}
        onTurn={() => {
          const other = order === "asc" ? "desc" : "asc";
          onChange({ order: other === usualOrder(sort) ? undefined : other });
        }}
        className={classes.sort}
      />
    </search>
  );
}

/** Asks when somebody has stopped typing. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string | undefined) => void }) {
  const [text, setText] = useTyped(value, onChange, SETTLED_MS);
  return (
    <TextInput
      size="xs"
      type="search"
      className={classes.search}
      leftSection={<Icon name="search" size={14} />}
      placeholder={t("list.search")}
      aria-label={t("list.search")}
      value={text}
      maxLength={200}
      onChange={(event) => setText(event.currentTarget.value)}
      data-testid="search-jobs"
    />
  );
}

function optionsOf(kinds: JobKinds | undefined, name: JobFilter): FilterOption[] {
  if (!kinds) return [];
  if (name === "dataset") {
    return kinds.datasets.map((one) => ({ value: String(one.id), label: one.name, count: one.count }));
  }
  const counted = { state: kinds.states, trainer: kinds.trainers, task: kinds.tasks, tag: kinds.tags }[name];
  return counted.map(({ value, count }) => ({ value, label: labelOf(name, value), count }));
}

const STATES = ["running", "starting", "queued", "lost", "failed", "stopped", "completed"] as const;

function labelOf(name: JobFilter, value: string): string {
  const state = name === "state" ? STATES.find((one) => one === value) : undefined;
  return state ? t(`state.${state}`) : value;
}
