import { Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { t } from "../../lib/i18n-datasets";
import classes from "./import.module.css";
import { FORMATS, faultOf, type Options, TASKS } from "./options";

interface Props {
  options: Options;
  onChange: (patch: Partial<Options>) => void;
}

export function OptionFields({ options, onChange }: Props) {
  const fault = faultOf(options);
  return (
    <>
      <TextInput
        label={t("import.name")}
        description={t("import.nameHint")}
        value={options.name}
        maxLength={200}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        data-testid="import-name"
      />
      <div className={classes.fields}>
        <NativeSelect
          label={t("import.format")}
          description={t("import.formatHint")}
          value={options.format}
          onChange={(event) =>
            onChange({ format: FORMATS.find((one) => one === event.currentTarget.value) ?? "" })
          }
          data={[
            { value: "", label: t("import.recognise") },
            ...FORMATS.map((value) => ({ value, label: t(`format.${value}`) })),
          ]}
        />
        <NativeSelect
          label={t("import.task")}
          description={t("import.taskHint")}
          value={options.task}
          onChange={(event) =>
            onChange({ task: TASKS.find((one) => one === event.currentTarget.value) ?? "" })
          }
          data={[
            { value: "", label: t("import.recognise") },
            ...TASKS.map((value) => ({ value, label: t(`task.${value}`) })),
          ]}
        />
      </div>
      <Checkbox
        label={t("import.divide")}
        description={t("import.divideHint")}
        checked={options.divide}
        onChange={(event) => onChange({ divide: event.currentTarget.checked })}
      />
      {options.divide ? (
        <div className={classes.percents}>
          {(["train", "val", "test", "seed"] as const).map((field) => (
            <TextInput
              key={field}
              type="number"
              min={0}
              label={t(`import.${field}`)}
              value={options[field]}
              error={fault === (field === "seed" ? "seed" : "percent")}
              onChange={(event) => onChange({ [field]: event.currentTarget.value })}
            />
          ))}
        </div>
      ) : null}
      <Checkbox
        label={t("import.decode")}
        description={t("import.decodeHint")}
        checked={options.decode}
        onChange={(event) => onChange({ decode: event.currentTarget.checked })}
      />
    </>
  );
}
