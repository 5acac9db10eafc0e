import { TagsInput, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "../lib/i18n-queue";
import type { ResourceFields as Fields, Offer, ResourceFaults } from "../lib/resources";
import { NOTE_BELOW } from "./note-below";

interface Props {
  fields: Fields;
  offer: Offer;
  errors: ResourceFaults;
  onChange: (patch: Partial<Fields>) => void;
  /** What stands below a field beside its hint. */
  noteOf?: (name: keyof Fields) => ReactNode;
}

/** What a job is given: fields for the grid that they are put into. */
export function ResourceFields({ fields, offer, errors, onChange, noteOf = () => undefined }: Props) {
  const text = (
    name: Exclude<keyof Fields, "custom">,
    label: string,
    { hint, placeholder = "", mode = "numeric" }: { hint?: string; placeholder?: string; mode?: Mode } = {},
  ) => (
    <TextInput
      label={label}
      {...NOTE_BELOW}
      description={noteOf(name) ?? hint}
      inputMode={mode}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
      value={fields[name]}
      error={errors[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      data-testid={`job-${name}`}
    />
  );
  return (
    <>
      {text("gpus", t("resources.gpus"))}
      {/* A job may have CPUs without a cluster too: what it has is never hidden. */}
      {offer.cluster || fields.cpus !== "" ? text("cpus", t("resources.cpus")) : null}
      {offer.cluster ? (
        <>
          {text("memory", t("resources.memory"), { mode: "decimal" })}
          {text("accelerator_type", t("resources.accelerator"), {
            hint: t("resources.acceleratorHint"),
            mode: "text",
          })}
          {offer.nodes ? (
            <>
              {text(
                "nodes",
                t("resources.nodes"),
                Number(fields.nodes) > 1 ? { hint: t("resources.each") } : {},
              )}
              {text("min_nodes", t("resources.minNodes"), {
                hint: t("resources.minNodesHint"),
                placeholder: fields.nodes,
              })}
            </>
          ) : null}
          <TagsInput
            label={t("resources.custom")}
            {...NOTE_BELOW}
            description={noteOf("custom") ?? t("resources.customHint")}
            value={fields.custom}
            onChange={(custom) => onChange({ custom })}
            acceptValueOnBlur
            error={errors.custom}
            style={{ gridColumn: "span 2" }}
            data-testid="job-custom"
          />
        </>
      ) : null}
    </>
  );
}

type Mode = "numeric" | "decimal" | "text";
