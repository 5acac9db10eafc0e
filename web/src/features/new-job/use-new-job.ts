import { useEffect, useMemo, useState } from "react";
import type { DatasetDetail, Job, Launcher, Me, Task, Trainer } from "../../api/types";
import { t } from "../../lib/i18n-jobs";
import { mayIn } from "../../lib/permissions";
import { isCount, offerOf, resourceFaults, restartsFault } from "../../lib/resources";
import { tasksFor } from "../../lib/tasks";
import { bodyOf, type Draft, storeDraft, textsIn } from "./draft";
import type { JsonSchema } from "./json-schema";
import { modelsOf, whyCode } from "./models";
import { freeParam, type Param, paramsOf, readParams } from "./params";
import type { Field } from "./server-faults";

interface Given {
  origin: string;
  initial: Draft;
  trainers: readonly Trainer[];
  launchers: readonly Launcher[];
  me: Me;
}

/** What the form holds, what of it is wrong, and the request that comes of it. */
export function useNewJob({ origin, initial, trainers, launchers, me }: Given) {
  const [draft, setDraft] = useState(initial);
  const [dataset, setDataset] = useState<DatasetDetail>();
  const [parent, setParent] = useState<Job>();
  useEffect(() => storeDraft(origin, draft), [origin, draft]);

  const trainer = trainers.find((one) => one.name === draft.trainer);
  const schema = schemaOf(trainer, draft.task);
  const texts = textsIn(draft);
  const params = useMemo(() => withFree(schema, texts), [schema, texts]);
  const read = useMemo(() => readParams(params, texts), [params, texts]);
  const snapshot = draft.snapshot
    ? dataset?.snapshots.find((one) => one.hash === draft.snapshot)
    : (dataset?.latest ?? undefined);
  const usedParent = draft.initFrom === null ? undefined : parent;
  const code =
    trainer && draft.launcher !== "external" ? whyCode(trainer, draft.model.trim(), usedParent) : null;
  const mayRunCode = draft.project !== null && mayIn(me, "run_code", draft.project);

  const faults: Partial<Record<Field, string>> = {};
  const external = draft.launcher === "external";
  const offer = offerOf(launchers, draft.launcher, trainer);
  if (draft.project === null) faults.project = t("form.fault.project");
  if (draft.dataset === null && !external) faults.dataset = t("form.fault.dataset");
  if (snapshot && !tasksFor(snapshot.task).includes(draft.task)) {
    faults.task = t("form.fault.task", { task: snapshot.task });
  }
  if (trainer && !external && !trainer.installed) faults.trainer = trainer.install ?? t("form.fault.trainer");
  else if (trainer?.installed && !trainer.tasks.includes(draft.task)) {
    faults.task = t("form.fault.trainerTask", { trainer: trainer.name, tasks: trainer.tasks.join(", ") });
  }
  if (draft.model.trim() === "" && draft.initFrom === null && !("command" in read.values)) {
    faults.model = t("form.fault.model");
  }
  if (!isCount(draft.epochs, 1, 100_000)) faults.epochs = t("form.fault.range", { range: "1 … 100000" });
  Object.assign(faults, resourceFaults(draft, offer));
  const restarts = restartsFault(draft.restarts, offer);
  if (restarts !== null) faults.restarts = restarts;
  if (!external && launchers.every((one) => one.name !== draft.launcher)) {
    faults.launcher = t("form.fault.launcher");
  }
  if (draft.initJob !== null && draft.initFrom === null) faults.init_from = t("form.fault.initFrom");

  const change = (patch: Partial<Draft>) => setDraft((old) => settled({ ...old, ...patch }, old, trainers));
  const setParam = (name: string, text: string | null) =>
    setDraft((old) => {
      const { [name]: _, ...others } = textsIn(old);
      const next = text === null ? others : { ...others, [name]: text };
      return { ...old, params: { ...old.params, [old.trainer]: next } };
    });

  return {
    draft,
    change,
    setParam,
    dataset,
    setDataset,
    parent,
    setParent,
    trainer,
    snapshot,
    params,
    read,
    texts,
    faults,
    code,
    mayRunCode,
    launchers,
    offer,
    body: bodyOf(draft, read.values, {
      isDefault: launchers.some((one) => one.is_default && one.name === draft.launcher),
      offer,
    }),
    ready:
      Object.keys(faults).length === 0 &&
      Object.keys(read.faults).length === 0 &&
      (code === null || mayRunCode),
  };
}

export type NewJob = ReturnType<typeof useNewJob>;

export function schemaOf(trainer: Trainer | undefined, task: Task): JsonSchema | undefined {
  return (trainer?.schema as Record<string, JsonSchema> | null | undefined)?.[task];
}

/** Also those that the schema doesn't name: a trainer may let them through, and no value is left out unseen. */
function withFree(schema: JsonSchema | undefined, texts: Readonly<Record<string, string>>): Param[] {
  const known = paramsOf(schema);
  const others = Object.keys(texts).filter((name) => known.every((param) => param.name !== name));
  return [...known, ...others.map(freeParam)];
}

/** A model that was suggested for another task or trainer gives way to the one that is suggested now. */
function settled(next: Draft, old: Draft, trainers: readonly Trainer[]): Draft {
  if (next.trainer === old.trainer && next.task === old.task) return next;
  const before = trainers.find((one) => one.name === old.trainer);
  const now = trainers.find((one) => one.name === next.trainer);
  const task =
    now?.installed && !now.tasks.includes(next.task) ? ((now.tasks[0] as Task) ?? next.task) : next.task;
  const suggested = next.model === "" || (before?.models ?? []).includes(next.model);
  const models = modelsOf(now, task);
  return { ...next, task, model: suggested && !models.includes(next.model) ? (models[0] ?? "") : next.model };
}
