import { Checkbox, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Task } from "../../api/types";
import { Card } from "../../components/card";
import { NOTE_BELOW } from "../../components/note-below";
import { PrimaryFields } from "../../components/primary-fields";
import { RichText } from "../../components/rich-text";
import { t } from "../../lib/i18n-sweeps";
import { type Draft, faultsOf } from "./draft";
import classes from "./new-sweep.module.css";

const METHODS = ["bayesian", "random", "grid"] as const;

interface Props {
  draft: Draft;
  onChange: (patch: Partial<Draft>) => void;
}

/** What differs between trials, and how the next one is chosen. */
export function SearchFields({ task, draft, onChange }: Props & { task: Task }) {
  return (
    <Card title={t("newSweep.space")}>
      <Textarea
        aria-label={t("newSweep.space")}
        description={<RichText text={t("newSweep.spaceText")} />}
        autosize
        minRows={4}
        mb="sm"
        spellCheck={false}
        value={draft.space}
        error={faultsOf(draft.space, "space")}
        classNames={{ input: classes.code ?? "" }}
        onChange={(event) => onChange({ space: event.currentTarget.value })}
        data-testid="sweep-space"
      />
      <div className={classes.fields}>
        <NativeSelect
          label={t("newSweep.method")}
          value={draft.method}
          data={METHODS.map((value) => ({ value, label: t(`sweeps.method.${value}`) }))}
          onChange={(event) => {
            const method = METHODS.find((one) => one === event.currentTarget.value);
            if (method) onChange({ method });
          }}
          data-testid="sweep-method"
        />
        <Short
          draft={draft}
          name="trials"
          label={t("newSweep.trials")}
          text={t("newSweep.trialsText")}
          onChange={onChange}
        />
        <Short
          draft={draft}
          name="seed"
          label={t("newSweep.seed")}
          text={t("newSweep.seedText")}
          onChange={onChange}
        />
        <PrimaryFields task={task} fields={draft} onChange={onChange} note={t("newSweep.primaryText")} />
      </div>
      <Checkbox
        mt="sm"
        label={t("newSweep.early")}
        checked={draft.early}
        onChange={(event) => onChange({ early: event.currentTarget.checked })}
        data-testid="sweep-early"
      />
      {draft.early ? (
        <div className={`${classes.fields} ${classes.below}`}>
          <Short draft={draft} name="minEpochs" label={t("newSweep.minEpochs")} onChange={onChange} />
          <Short draft={draft} name="reduction" label={t("newSweep.reduction")} onChange={onChange} />
        </div>
      ) : null}
    </Card>
  );
}

function Short({
  draft,
  name,
  label,
  text,
  onChange,
}: Props & { name: "trials" | "seed" | "minEpochs" | "reduction"; label: string; text?: string }) {
  return (
    <TextInput
      label={label}
      description={text}
      {...NOTE_BELOW}
      inputMode="numeric"
      value={draft[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      data-testid={`sweep-${name}`}
    />
  );
}
