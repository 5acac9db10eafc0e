import { Button } from "@mantine/core";
import classes from "./choice-row.module.css";

export interface Choice<Value extends string> {
  /** Undefined: all of them. */
  value: Value | undefined;
  label: string;
}

interface Props<Value extends string> {
  label: string;
  choices: readonly Choice<Value>[];
  chosen: Value | undefined;
  onChoose: (value: Value | undefined) => void;
  testId: string;
}

/** Buttons of which one is pressed. */
export function ChoiceRow<Value extends string>({ label, choices, chosen, onChoose, testId }: Props<Value>) {
  return (
    <fieldset className={classes.row} aria-label={label}>
      {choices.map((choice) => (
        <Button
          key={choice.value ?? ""}
          size="compact-sm"
          variant={choice.value === chosen ? "filled" : "default"}
          aria-pressed={choice.value === chosen}
          onClick={() => onChoose(choice.value)}
          data-testid={testId}
          data-value={choice.value ?? "all"}
        >
          {choice.label}
        </Button>
      ))}
    </fieldset>
  );
}
