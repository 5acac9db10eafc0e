import { Button, Popover, ScrollArea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useFindJobs } from "../../api/find-jobs";
import { Icon } from "../../components/icon";
import { ErrorState, Loading } from "../../components/page-state";
import { StateBadge } from "../../components/state-badge";
import { MOST_COMPARED } from "../../lib/compare-search";
import { t } from "../../lib/i18n-runs";
import { useChosenProject } from "../../lib/project-choice";
import classes from "./compare.module.css";

const SETTLED_MS = 250;

interface Props {
  /** Jobs that are compared already. */
  chosen: readonly number[];
  /** Of jobs and runs. */
  count: number;
  onAdd: (id: number) => void;
}

/** A button that opens a list of jobs to add, found by name, model or number. */
export function JobPicker({ chosen, count, onAdd }: Props) {
  const [opened, setOpened] = useState(false);
  const full = count >= MOST_COMPARED;
  return (
    <Popover opened={opened} onChange={setOpened} width={360} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          leftSection={<Icon name="plus" size={14} />}
          disabled={full}
          title={full ? t("comparing.full", { most: MOST_COMPARED }) : undefined}
          onClick={() => setOpened(!opened)}
          data-testid="add-job"
        >
          {t("comparing.add")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Found chosen={chosen} onAdd={onAdd} />
      </Popover.Dropdown>
    </Popover>
  );
}

function Found({ chosen, onAdd }: Omit<Props, "count">) {
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), SETTLED_MS);
  const query = useFindJobs(wanted, useChosenProject(), true);
  const jobs = (query.data?.items ?? []).filter((job) => !chosen.includes(job.id));
  return (
    <>
      <TextInput
        size="xs"
        data-autofocus
        leftSection={<Icon name="search" size={14} />}
        placeholder={t("comparing.find")}
        aria-label={t("comparing.find")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {query.data ? (
        <ScrollArea.Autosize mah={300} type="auto">
          <ul className={classes.found} aria-label={t("comparing.found")}>
            {jobs.map((job) => (
              <li key={job.id}>
                <button type="button" onClick={() => onAdd(job.id)} data-testid="found-job" data-id={job.id}>
                  <span className={classes.foundName}>
                    {job.name}
                    <span className={classes.minor}>
                      #{job.id} · {job.model}
                    </span>
                  </span>
                  <StateBadge state={job.state} />
                </button>
              </li>
            ))}
          </ul>
          {jobs.length === 0 ? <p className={classes.none}>{t("comparing.noJobs")}</p> : null}
        </ScrollArea.Autosize>
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={3} />
      )}
    </>
  );
}
