import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { MyProject } from "../../api/types";
import type { AuditPatch, AuditSearch } from "../../lib/audit-search";
import { t } from "../../lib/i18n-people";
import { useTyped } from "../../lib/use-typed";
import classes from "./audit.module.css";

const SETTLED_MS = 350;
/** The things that actions are about. */
const THINGS = [
  "login",
  "access",
  "job",
  "dataset",
  "snapshot",
  "project",
  "member",
  "user",
  "setup-link",
  "password",
  "token",
  "session",
] as const;

interface Props {
  all: boolean;
  projects: readonly MyProject[];
  search: AuditSearch;
  onChange: (patch: AuditPatch) => void;
}

export function AuditFilters({ all, projects, search, onChange }: Props) {
  const chosen = search.action ?? "";
  const things = THINGS.some((one) => one === chosen) || chosen === "" ? THINGS : [...THINGS, chosen];
  return (
    <search className={classes.filters} aria-label={t("audit.filters")}>
      <Who value={search.actor ?? ""} onChange={(actor) => onChange({ actor })} />
      <NativeSelect
        size="xs"
        label={t("audit.action")}
        value={chosen}
        onChange={(event) => onChange({ action: event.currentTarget.value || undefined })}
        data={[
          { value: "", label: t("audit.anyAction") },
          ...things.map((value) => ({ value, label: isThing(value) ? t(`audit.thing.${value}`) : value })),
        ]}
        data-testid="audit-action"
      />
      <NativeSelect
        size="xs"
        label={t("projects.project")}
        value={search.project === undefined ? "" : String(search.project)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange({ project: value === "" ? undefined : Number(value) });
        }}
        data={[
          ...(all ? [{ value: "", label: t("audit.anyProject") }] : []),
          ...projects.map((one) => ({ value: String(one.id), label: one.name })),
        ]}
        data-testid="audit-project"
      />
      <TextInput
        size="xs"
        type="date"
        label={t("audit.since")}
        value={search.since ?? ""}
        onChange={(event) => onChange({ since: event.currentTarget.value || undefined })}
      />
      <TextInput
        size="xs"
        type="date"
        label={t("audit.until")}
        value={search.until ?? ""}
        onChange={(event) => onChange({ until: event.currentTarget.value || undefined })}
      />
      {Object.keys(search).length > 0 ? (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          onClick={() =>
            onChange({
              actor: undefined,
              action: undefined,
              project: undefined,
              since: undefined,
              until: undefined,
            })
          }
        >
          {t("audit.clear")}
        </Button>
      ) : null}
    </search>
  );
}

const isThing = (text: string): text is (typeof THINGS)[number] => THINGS.some((one) => one === text);

/** Asks when somebody has stopped typing. */
function Who({ value, onChange }: { value: string; onChange: (text: string | undefined) => void }) {
  const [text, setText] = useTyped(value, onChange, SETTLED_MS);
  return (
    <TextInput
      size="xs"
      label={t("audit.who")}
      value={text}
      autoCapitalize="none"
      spellCheck={false}
      onChange={(event) => setText(event.currentTarget.value)}
      data-testid="audit-who"
    />
  );
}
