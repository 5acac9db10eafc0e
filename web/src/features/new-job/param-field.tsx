import { ActionIcon, NativeSelect, TextInput, Tooltip } from "@mantine/core";
import { useContext } from "react";
import { Icon } from "../../components/icon";
import { NOTE_BELOW } from "../../components/note-below";
import { t } from "../../lib/i18n-jobs";
import { OriginalJob, WasText } from "./field-note";
import { rangeOf } from "./json-schema";
import classes from "./new-job.module.css";
import { choicesOf, type Param, textOf } from "./params";

interface Props {
  param: Param;
  /** What was written in; undefined is the default. */
  text: string | undefined;
  fault: string | undefined;
  /** Null goes back to the default. */
  onChange: (text: string | null) => void;
  /** What the job that is cloned has. */
  before: string | undefined;
}

export function ParamField({ param, text, fault, onChange, before }: Props) {
  const { name, schema, kind } = param;
  const original = useContext(OriginalJob);
  const usual = schema.default === undefined ? "" : textOf(param, schema.default);
  const changed = text !== undefined;
  const range = rangeOf(schema);
  const note = (
    <>
      {schema.description ?? null}
      {range || usual !== "" ? (
        <span className={classes.range}>
          {[
            schema.default === undefined
              ? null
              : t("form.default", {
                  value: typeof schema.default === "string" ? schema.default : shown(usual),
                }),
            range || null,
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      ) : null}
      {original && (before ?? usual) !== (text ?? usual) ? (
        <WasText id={original.id} before={before ?? usual} />
      ) : null}
    </>
  );
  const reset = changed ? (
    <Tooltip label={t("form.reset")}>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        aria-label={t("form.resetOf", { name })}
        onClick={() => onChange(null)}
      >
        <Icon name="close" size={12} />
      </ActionIcon>
    </Tooltip>
  ) : null;
  const shared = {
    label: <code>{name}</code>,
    description: note,
    error: fault,
    required: param.required,
    withAsterisk: param.required,
    ...NOTE_BELOW,
    "data-testid": `param-${name}`,
  };
  return (
    <div className={classes.param} data-changed={changed || undefined}>
      {kind === "choice" ? (
        <NativeSelect
          {...shared}
          required={false}
          value={text ?? usual}
          onChange={(event) => onChange(event.currentTarget.value)}
          rightSection={reset ?? undefined}
          data={choicesOf(schema).map((value) => ({
            value: JSON.stringify(value),
            label: value === null ? t("form.none") : typeof value === "string" ? value : String(value),
          }))}
        />
      ) : (
        <TextInput
          {...shared}
          required={false}
          value={text ?? ""}
          placeholder={shown(usual)}
          inputMode={kind === "number" ? "decimal" : "text"}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange(event.currentTarget.value === "" ? null : event.currentTarget.value)}
          rightSection={reset}
        />
      )}
    </div>
  );
}

const shown = (text: string): string => (text === "null" ? t("form.none") : text);
