import { Button, Checkbox, Popover } from "@mantine/core";
import { useState } from "react";
import classes from "./filter-menu.module.css";
import { Icon } from "./icon";

export interface FilterOption {
  value: string;
  label: string;
  /** How many things have it. */
  count: number;
}

interface Props {
  label: string;
  /** What a screen reader hears while some are chosen. */
  chosenLabel: string;
  clearLabel: string;
  options: readonly FilterOption[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  testId?: string;
}

/** A button that opens a list of values to choose from; what is chosen stays in the list even where nothing has it. */
export function FilterMenu({ label, chosenLabel, clearLabel, options, value, onChange, testId }: Props) {
  const [open, setOpen] = useState(false);
  const gone = value
    .filter((one) => options.every((option) => option.value !== one))
    .map((one) => ({ value: one, label: one, count: 0 }));
  const all = [...options, ...gone];
  if (all.length === 0) return null;
  const toggle = (one: string) =>
    onChange(value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          className={classes.button}
          data-active={value.length > 0 || undefined}
          rightSection={<Icon name="down" size={12} />}
          aria-expanded={open}
          aria-label={value.length > 0 ? chosenLabel : label}
          onClick={() => setOpen(!open)}
          data-testid={testId}
        >
          {label}
          {value.length > 0 ? <span className={classes.badge}>{value.length}</span> : null}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs">
        <fieldset className={classes.options}>
          <legend className="visually-hidden">{label}</legend>
          {all.map((option) => (
            <div key={option.value} className={classes.option}>
              <Checkbox
                size="xs"
                label={option.label}
                checked={value.includes(option.value)}
                onChange={() => toggle(option.value)}
              />
              <span className={classes.count}>{option.count}</span>
            </div>
          ))}
        </fieldset>
        {value.length > 0 ? (
          <Button size="compact-xs" variant="subtle" mt={6} onClick={() => onChange([])}>
            {clearLabel}
          </Button>
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}
