import { Button, TextInput } from "@mantine/core";
import { useContext, useState } from "react";
import { Card } from "../../components/card";
import { FilterField } from "../../components/filter-field";
import { t } from "../../lib/i18n-jobs";
import { textsIn } from "./draft";
import { OriginalJob } from "./field-note";
import classes from "./new-job.module.css";
import { ParamField } from "./param-field";
import { commonOf, type Param } from "./params";
import { type NewJob, schemaOf } from "./use-new-job";

interface Props {
  form: NewJob;
  /** What the server refused. */
  refused: Readonly<Record<string, string>>;
}

/** The trainer's hyperparameters: what is common at first, all of them by search or by a button. */
export function ParamsCard({ form, refused }: Props) {
  const { params, texts, read, setParam, trainer, draft } = form;
  const [search, setSearch] = useState("");
  const [all, setAll] = useState(false);
  const original = useContext(OriginalJob);
  const before = original && original.draft.trainer === draft.trainer ? textsIn(original.draft) : {};
  const faults = { ...refused, ...read.faults };
  const wanted = search.trim().toLowerCase();
  const common = new Set(commonOf(params).map((param) => param.name));
  const isShown = ({ name, schema }: Param) =>
    wanted === ""
      ? all || common.has(name) || name in texts || name in faults || name in before
      : `${name} ${schema.description ?? ""}`.toLowerCase().includes(wanted);
  const order = new Map(commonOf(params).map((param, at) => [param.name, at]));
  const shown = params
    .filter(isShown)
    .sort((a, b) => (order.get(a.name) ?? 1000) - (order.get(b.name) ?? 1000) || (a.name < b.name ? -1 : 1));
  const changed = Object.keys(texts).length;
  const free = schemaOf(trainer, draft.task)?.additionalProperties !== false;
  return (
    <Card
      title={t("spec.parameters")}
      note={changed > 0 ? t("form.changed", { count: changed }) : t("form.allDefault")}
      actions={
        params.length > common.size ? (
          <FilterField
            label={t("form.searchParams", { count: params.length })}
            value={search}
            onChange={setSearch}
            className={classes.search}
          />
        ) : null
      }
    >
      {trainer && !trainer.installed ? <p className={classes.muted}>{t("form.noSchema")}</p> : null}
      <div className={classes.params}>
        {shown.map((param) => (
          <ParamField
            key={param.name}
            param={param}
            text={texts[param.name]}
            fault={faults[param.name]}
            before={before[param.name]}
            onChange={(text) => setParam(param.name, text)}
          />
        ))}
      </div>
      {wanted !== "" && shown.length === 0 ? (
        <p className={classes.muted}>{t("form.noParam", { text: search.trim() })}</p>
      ) : null}
      {wanted === "" && params.length > common.size ? (
        <Button size="xs" variant="subtle" mt="sm" onClick={() => setAll(!all)} data-testid="all-params">
          {all ? t("form.fewParams") : t("form.allParams", { count: params.length })}
        </Button>
      ) : null}
      {free ? <AddParam known={params} onAdd={(name) => setParam(name, "")} /> : null}
    </Card>
  );
}

/** For a trainer that takes more than it names: a script gets them all. */
function AddParam({ known, onAdd }: { known: readonly Param[]; onAdd: (name: string) => void }) {
  const [name, setName] = useState("");
  const there = known.some((param) => param.name === name.trim());
  const add = () => {
    onAdd(name.trim());
    setName("");
  };
  return (
    <div className={classes.add}>
      <TextInput
        size="xs"
        aria-label={t("form.addParam")}
        placeholder={t("form.addParam")}
        value={name}
        maxLength={200}
        onChange={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          if (name.trim() && !there) add();
        }}
        data-testid="add-param-name"
      />
      <Button
        size="xs"
        variant="default"
        disabled={name.trim() === "" || there}
        onClick={add}
        data-testid="add-param"
      >
        {t("form.add")}
      </Button>
    </div>
  );
}
